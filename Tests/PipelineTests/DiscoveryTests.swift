import Foundation
import TestSupport
import Testing

@testable import Pipeline

@Suite struct DiscoveryTests {
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
    }

    private struct Found: Equatable, CustomStringConvertible {
        var path: String
        var folder: String
        var problem: String?
        var description: String { "\(path) in \(folder) \(problem ?? "")" }
    }

    /// Paths relative to the workshop.
    private func found(
        _ location: PipelineConfiguration.Location, change: (inout PipelineConfiguration.Input) -> Void = { _ in }
    ) throws -> [Found] {
        var configuration = workshop.configuration
        configuration.inputs[0].location = location
        change(&configuration.inputs[0])
        let sources = try Discovery.sources(of: configuration)
        let plan = OutputPlan(sources, TokenSourceList(), configuration)
        return (0..<sources.count).map { index in
            let source = plan.file(at: index)
            let relative = source.path.relative(to: FilePath(workshop.folder.path)).map { FilePath($0).text }
            return Found(
                path: relative ?? source.path.text, folder: FilePath(source.folder).text,
                problem: source.problem?.codeName)
        }
    }

    private func paths(_ location: PipelineConfiguration.Location) throws -> [String] {
        try found(location).map(\.path)
    }

    @Test func aFolderIsSearchedInTheOrderOfBytes() throws {
        for name in ["b.pfx", "a.PFX", "a/z.p12", "a-b.pfx", "a.txt", "c.Pfx", "a/b/c/deep.pfx", "ä.pfx"] {
            try workshop.write("x", to: "in/" + name)
        }
        let found = try found(.path(workshop.path("in")))
        #expect(
            found.map(\.path) == [
                "in/a-b.pfx", "in/a.PFX", "in/a/b/c/deep.pfx", "in/a/z.p12", "in/b.pfx", "in/c.Pfx", "in/ä.pfx",
            ])
        #expect(found.map(\.folder) == ["", "", "a/b/c", "a", "", "", ""])
    }

    @Test func foldersInFoldersCanBeLeftOutAndPatternsChosen() throws {
        for name in ["a.pfx", "b.pkcs", "sub/c.pfx"] { try workshop.write("x", to: "in/" + name) }
        #expect(try found(.path(workshop.path("in"))) { $0.recursive = false }.map(\.path) == ["in/a.pfx"])
        #expect(try found(.path(workshop.path("in"))) { $0.match = ["*.PKCS"] }.map(\.path) == ["in/b.pkcs"])
    }

    @Test func aSingleFileIsTakenWhateverItsName() throws {
        try workshop.write("x", to: "in/export.bin")
        #expect(try found(.path(workshop.path("in/export.bin"))) == [Found(path: "in/export.bin", folder: "")])
    }

    @Test func patternsTakeFilesAndFolders() throws {
        for name in ["berlin/a.pfx", "paris/a.pfx", "paris/sub/b.pfx", ".hidden/c.pfx", "note.txt"] {
            try workshop.write("x", to: "in/" + name)
        }
        #expect(
            try found(.path(workshop.path("in/*/*.pfx"))) == [
                Found(path: "in/berlin/a.pfx", folder: "berlin"), Found(path: "in/paris/a.pfx", folder: "paris"),
            ])
        #expect(
            try found(.path(workshop.path("in/[a-p]*is"))) == [
                Found(path: "in/paris/a.pfx", folder: "paris"), Found(path: "in/paris/sub/b.pfx", folder: "paris/sub"),
            ])
        #expect(try found(.path(workshop.path("in/*/none-*.pfx"))) == [])
    }

    @Test func aNameWithPatternCharactersIsTakenAsItIs() throws {
        try workshop.write("x", to: "in/[a].pfx")
        try workshop.write("x", to: "in/a.pfx")
        #expect(try paths(.path(workshop.path("in/[a].pfx"))) == ["in/[a].pfx"])
    }

    @Test func listsNameFilesFoldersAndWhatIsNotThere() throws {
        try workshop.write("x", to: "in/a.pfx")
        try workshop.write("x", to: "in/sub/b.pfx")
        try workshop.write("x", to: "elsewhere/c.pfx")
        let list = try workshop.write(
            "a.pfx\r\n\nsub\n./a.pfx\n../elsewhere/c.pfx\n\(workshop.folder.path)/in/gone.pfx", to: "in/list")
        let elsewhere = String(workshop.folder.path("elsewhere").dropFirst())
        #expect(
            try found(.list(list)) == [
                Found(path: "in/../elsewhere/c.pfx", folder: elsewhere), Found(path: "in/a.pfx", folder: ""),
                Found(path: "in/gone.pfx", folder: "", problem: "notFound"), Found(path: "in/sub/b.pfx", folder: "sub"),
            ])
    }

    @Test func whatIsMissingIsAFailedSource() throws {
        #expect(try found(.path(workshop.path("gone"))) == [Found(path: "gone", folder: "", problem: "notFound")])
        #expect(try found(.list(workshop.path("gone.list"))).map(\.problem) == ["notFound"])
        symlink("nowhere", workshop.folder.path("in/dangling.pfx"))
        symlink("nowhere", workshop.folder.path("in/dangling.txt"))
        #expect(
            try found(.path(workshop.path("in"))) == [Found(path: "in/dangling.pfx", folder: "", problem: "notFound")])
    }

    @Test func loopsEndAndAreSaid() throws {
        try workshop.write("x", to: "in/sub/a.pfx")
        symlink("..", workshop.folder.path("in/sub/up"))
        symlink("self.pfx", workshop.folder.path("in/self.pfx"))
        #expect(
            try found(.path(workshop.path("in"))) == [
                Found(path: "in/self.pfx", folder: "", problem: "symlinkLoop"),
                Found(path: "in/sub/a.pfx", folder: "sub"),
                Found(path: "in/sub/up", folder: "sub", problem: "symlinkLoop"),
            ])
    }

    @Test func manyLinksBetweenFoldersDoNotMultiplyTheWork() throws {
        // 2^30 paths, if each were followed.
        for level in 0..<30 {
            try workshop.write("x", to: "in/\(level)/a.pfx")
            for link in ["l", "r"] { symlink("../\(level + 1)", workshop.folder.path("in/\(level)/\(link)")) }
        }
        let found = try found(.path(workshop.path("in")))
        #expect(found.filter { $0.problem == nil }.count == 30)
    }

    @Test func aFileReachedTwiceCountsOnceAndHardLinksEach() throws {
        try workshop.write("x", to: "in/a.pfx")
        symlink("a.pfx", workshop.folder.path("in/b.pfx"))
        symlink(".", workshop.folder.path("in/here"))
        #expect(try found(.path(workshop.path("in"))).filter { $0.problem == nil }.map(\.path) == ["in/a.pfx"])
        link(workshop.folder.path("in/a.pfx"), workshop.folder.path("in/c.pfx"))
        #expect(
            try found(.path(workshop.path("in/?.pfx"))).map(\.path) == ["in/a.pfx", "in/b.pfx", "in/c.pfx"])
    }

    @Test func theOutputFolderIsNoInput() throws {
        try workshop.write("x", to: "in/a.pfx")
        try workshop.write("x", to: "in/out/site/a.pfx")
        var configuration = workshop.configuration
        configuration.output.directory = workshop.path("in/out")
        #expect(try Discovery.sources(of: configuration).count == 1)
        configuration.inputs[0].location = .path(workshop.path("in/*"))
        #expect(try Discovery.sources(of: configuration).count == 1)
        configuration.inputs[0].location = .path(workshop.path("in/out"))
        #expect(code { try Discovery.sources(of: configuration) } == "configurationInvalid")
    }

    /// Root may read any folder, so that permissions cannot make this test; a folder that is a file can.
    @Test func anUnreadableFolderIsAFailedSource() throws {
        #expect(throws: SystemError(number: ENOTDIR)) {
            try FolderListing(try workshop.write("", to: "file")) { _ in true }
        }
        var sources = SourceList()
        sources.append(
            "/in/locked", relativeStart: 4, input: 0, problem: .unreadableFolder(SystemError(number: EACCES)))
        let source = sources.source(at: 0, listFolders: [nil])
        #expect(source.problem?.code == .folderUnreadable)
        #expect(source.problem?.reason == "the folder /in/locked cannot be read: Permission denied")
    }

    @Test(.enabled(if: getuid() != 0, "root may read any folder"))
    func aFolderWithoutPermissionIsAFailedSource() throws {
        try workshop.write("x", to: "in/locked/a.pfx")
        chmod(workshop.folder.path("in/locked"), 0)
        defer { chmod(workshop.folder.path("in/locked"), 0o700) }
        #expect(try found(.path(workshop.path("in"))).map(\.problem) == ["folderUnreadable"])
    }

    @Test func namesAreKeptByteForByte() throws {
        let name: [UInt8] = Array("in/".utf8) + [0xFF, 0x0A, 0x22] + Array(".pfx".utf8)
        let path = FilePath(Array(workshop.folder.path.utf8) + [0x2F] + name)
        _ = try OpenFile(path, O_WRONLY | O_CREAT)
        let sources = try Discovery.sources(of: workshop.configuration)
        #expect(sources.count == 1)
        #expect(sources.source(at: 0, listFolders: [nil]).path == path)
        let encoded = try #require(path.encodedWhenNotUTF8)
        #expect(encoded.hasSuffix("in/%FF%0A%22.pfx"))
        #expect(FilePath(percentEncoded: encoded) == path)
    }

    @Test func veryDeepFoldersDoNotEndTheProcess() throws {
        // Deeper than a path may be long; each folder is made below the working folder of the one before.
        let script = """
            import os, sys
            os.chdir(sys.argv[1])
            for _ in range(3000):
                os.mkdir("d"); os.chdir("d")
            """
        try ExternalTool.python3.check(["-c", script, workshop.folder.path("in")])
        defer { _ = try? ExternalTool(name: "rm", package: "coreutils").run(["-rf", workshop.folder.path("in")]) }
        let found = try found(.path(workshop.path("in")))
        #expect(found.count == 1)
        #expect(found.first?.problem == "readFailed" || found.first?.problem == "folderUnreadable")
    }
}
