import Foundation

enum Seeds {
    /// Writes a target's first inputs into a folder, over older ones.
    static func write(_ target: some FuzzTarget, to folder: String) throws {
        let folder = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, input) in try target.seeds() {
            try Data(input).write(to: folder.appending(path: name))
        }
    }
}
