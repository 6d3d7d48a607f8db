import Dispatch
import Providers
import Synchronization
import TestSupport

/// All answers on a set of files.
struct Matrix: Sendable {
    let answers: [Answer]
    /// Makers, in the order of the table, with the number of their files.
    let rows: [(maker: String, files: Int)]
    let known: [KnownDifference]

    /// Examines the files on all cores.
    init(_ specimens: [Specimen], known: [KnownDifference]) throws {
        let providers = [try InstalledProviders.openSSL, try InstalledProviders.gnuTLS]
        // Owned by its mutex: one slot for each file.
        let results = Mutex<[Result<[Answer], any Error>?]>(Array(repeating: nil, count: specimens.count))
        DispatchQueue.concurrentPerform(iterations: specimens.count) { index in
            let result = Result { try Examination(specimen: specimens[index], providers: providers).answers() }
            results.withLock { $0[index] = result }
        }
        answers = try results.withLock { $0 }.flatMap { try $0?.get() ?? [] }
        var rows: [(maker: String, files: Int)] = []
        for specimen in specimens {
            if let row = rows.firstIndex(where: { $0.maker == specimen.maker }) {
                rows[row].files += 1
            } else {
                rows.append((specimen.maker, 1))
            }
        }
        self.rows = rows
        self.known = known
    }

    var differences: [Answer] { answers.filter { !$0.isAsExpected } }

    /// What no entry of the list explains.
    var unexplained: [Answer] {
        differences.filter { difference in !known.contains { $0.explains(difference) } }
    }

    /// Files of the list whose difference did not show: `FILE (COLUMN)`.
    var outdated: [String] {
        known.flatMap { entry in
            entry.files.flatMap { file in
                entry.columns.filter { column in
                    !differences.contains { $0.file == file && $0.column == column && entry.explains($0) }
                }.map { "\(file) (\($0))" }
            }
        }
    }
}

/// A difference between libraries that is as it has to be: which files, what comes out, and why.
struct KnownDifference: Sendable {
    let columns: [Column]
    let found: String
    let files: [String]
    let reason: String

    init(_ questions: [Question], _ providers: [String], found: String, _ files: [String], because reason: String) {
        columns = questions.flatMap { question in providers.map { Column(question: question, provider: $0) } }
        self.found = found
        self.files = files
        self.reason = reason
    }

    func explains(_ answer: Answer) -> Bool {
        columns.contains(answer.column) && found == answer.found && files.contains(answer.file)
    }
}
