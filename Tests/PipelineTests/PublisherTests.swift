import Foundation
import PKCS12
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct PublisherTests {
    private let workshop: Workshop
    private let noSource = FileStatus.Identity(device: .max, inode: .max)
    private let pfx = verifiedPFX(Array("new".utf8))

    init() throws {
        workshop = try Workshop()
    }

    private func mode(_ name: String) -> mode_t? { FileStatus(workshop.path(name))?.permissions }

    /// The names in `out`; there must be no temporary file among them.
    private var names: [String] { workshop.names("out") }

    @Test(arguments: [PipelineConfiguration.Overwrite.never, .replace])
    func filesAreTheirOwnersOnly(overwrite: PipelineConfiguration.Overwrite) throws {
        try Publisher(overwrite: overwrite).publish(pfx, to: workshop.path("out/a/b/c.pfx"), source: noSource)
        #expect(try workshop.text("out/a/b/c.pfx") == "new")
        #expect(mode("out/a/b/c.pfx") == 0o600)
        for folder in ["out", "out/a", "out/a/b"] { #expect(mode(folder) == 0o700) }
        #expect(names == ["a", "a/b", "a/b/c.pfx"])
    }

    @Test func anExistingFileStaysUnlessToldOtherwise() throws {
        let path = try workshop.write("old", to: "out/c.pfx")
        #expect(
            code { try Publisher(overwrite: .never).publish(pfx, to: path, source: noSource) } == "outputExists")
        #expect(try workshop.text("out/c.pfx") == "old")
        try Publisher(overwrite: .replace).publish(pfx, to: path, source: noSource)
        #expect(try workshop.text("out/c.pfx") == "new")
        #expect(names == ["c.pfx"])
    }

    @Test(arguments: ["target", "nowhere"])
    func symbolicLinksAreNeverWrittenThrough(target: String) throws {
        try workshop.write("old", to: "target")
        try workshop.write("", to: "out/other")
        symlink("../" + target, workshop.folder.path("out/c.pfx"))
        let path = workshop.path("out/c.pfx")
        #expect(code { try Publisher(overwrite: .never).publish(pfx, to: path, source: noSource) } == "outputExists")
        try Publisher(overwrite: .replace).publish(pfx, to: path, source: noSource)
        #expect(try workshop.text("target") == "old")
        #expect(FileStatus(path, followingLink: false)?.kind == .file)
        #expect(!workshop.exists("nowhere"))
    }

    @Test func theSourceIsNeverTheOutput() throws {
        let path = try workshop.write("old", to: "out/c.pfx")
        let source = try #require(FileStatus(path)).identity
        link(path.text, workshop.folder.path("out/hard.pfx"))
        symlink("c.pfx", workshop.folder.path("out/soft.pfx"))
        for name in ["c.pfx", "hard.pfx", "soft.pfx"] {
            #expect(
                code {
                    try Publisher(overwrite: .replace).publish(pfx, to: workshop.path("out/" + name), source: source)
                }
                    == "outputIsInput")
        }
        #expect(try workshop.text("out/c.pfx") == "old")
    }

    @Test func aFileWhereAFolderIsDueFails() throws {
        try workshop.write("", to: "out/a")
        #expect(
            code { try Publisher(overwrite: .never).publish(pfx, to: workshop.path("out/a/c.pfx"), source: noSource) }
                == "writeFailed")
        #expect(names == ["a"])
    }

    @Test(arguments: [PipelineConfiguration.Overwrite.never, .replace])
    func aFolderWhereTheFileIsDueFailsAndNothingIsLeft(overwrite: PipelineConfiguration.Overwrite) throws {
        try workshop.write("", to: "out/c.pfx/inside")
        let code = code {
            try Publisher(overwrite: overwrite).publish(pfx, to: workshop.path("out/c.pfx"), source: noSource)
        }
        #expect(code == (overwrite == .never ? "outputExists" : "writeFailed"))
        #expect(names == ["c.pfx", "c.pfx/inside"])
    }

    @Test(arguments: [false, true], [false, true]) func fileSystemsWithoutEveryCallKeepExistingFilesAsWell(
        links: Bool, renames: Bool
    ) throws {
        var fileSystem = FileSystem.live
        if !renames { fileSystem.renameNew = { _, _, _ in throw SystemError(number: EINVAL) } }
        if !links { fileSystem.link = { _, _, _ in throw SystemError(number: EPERM) } }
        let publisher = Publisher(overwrite: .never, fileSystem: fileSystem)
        let path = workshop.path("out/c.pfx")
        try publisher.publish(pfx, to: path, source: noSource)
        #expect(try workshop.text("out/c.pfx") == "new")
        #expect(mode("out/c.pfx") == 0o600)
        #expect(code { try publisher.publish(verifiedPFX([0]), to: path, source: noSource) } == "outputExists")
        #expect(try workshop.text("out/c.pfx") == "new")
        #expect(names == ["c.pfx"])
    }

    /// A server carries out a link by itself; of a rename it may not be told that nothing is to be replaced.
    @Test(arguments: [false, true]) func onlyLocalFileSystemsAreTrustedWithTheRename(isLocal: Bool) throws {
        let calls = Mutex<[String]>([])
        var fileSystem = FileSystem.live
        for (name, call) in [("link", \FileSystem.link), ("rename", \.renameNew)] {
            let live = FileSystem.live[keyPath: call]
            fileSystem[keyPath: call] = { folder, old, new in
                calls.withLock { $0.append(name) }
                try live(folder, old, new)
            }
        }
        try workshop.write("other", to: "out/taken.pfx")
        let folder = try OpenFolder(workshop.path("out"), isLocal: isLocal)
        for name: FilePath in ["c.pfx", "taken.pfx"] {
            let file = try TemporaryFile(in: folder, for: name, fileSystem: fileSystem)
            try file.write(Array("new".utf8))
            if name == "taken.pfx" {
                #expect(throws: SystemError(number: EEXIST)) { try file.move(.keep) }
            } else {
                try file.move(.keep)
            }
        }
        #expect(calls.withLock { $0 } == Array(repeating: isLocal ? "rename" : "link", count: 2))
        #expect(names == ["c.pfx", "taken.pfx"])
        #expect(try workshop.text("out/taken.pfx") == "other")
    }

    @Test func aFailedRenameLeavesNothing() throws {
        var fileSystem = FileSystem.live
        fileSystem.link = { _, _, _ in throw SystemError(number: EOPNOTSUPP) }
        fileSystem.renameNew = { _, _, _ in throw SystemError(number: EINVAL) }
        fileSystem.rename = { _, _, _ in throw SystemError(number: EACCES) }
        for overwrite in PipelineConfiguration.Overwrite.allCases {
            let publisher = Publisher(overwrite: overwrite, fileSystem: fileSystem)
            #expect(
                code { try publisher.publish(pfx, to: workshop.path("out/c.pfx"), source: noSource) } == "writeFailed")
        }
        #expect(names == [])
    }

    @Test func aFullDiskFailsAndLeavesNothing() throws {
        try withSmallDisk(at: workshop.path("disk")) {
            let large = verifiedPFX(Array(repeating: 7, count: 100_000))
            do {
                try Publisher(overwrite: .never).publish(large, to: workshop.path("disk/a/c.pfx"), source: noSource)
                Issue.record("100,000 bytes fit 64 KiB")
            } catch let error as PipelineError {
                #expect(error.code == .writeFailed)
                #expect(error.reason.hasSuffix("No space left on device"))
            }
            #expect(workshop.names("disk") == ["a"])
        }
    }

    @Test func oneRunHoldsAFolder() throws {
        try workshop.write("", to: "out/x")
        let lock = try FolderLock(workshop.path("out"))
        #expect(code { try FolderLock(workshop.path("out")) } == "outputBusy")
        withExtendedLifetime(lock) {}
    }
}
