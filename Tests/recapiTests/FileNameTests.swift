import Foundation
import TestSupport
import Testing

/// What file systems really hold.
@Suite struct FileNameTests {
    private let workshop: Workshop
    private let bytes: [UInt8]

    init() throws {
        workshop = try Workshop()
        bytes = try Vectors.named("key-rsa-1024").bytes
    }

    private func path(_ name: String) -> String { workshop.folder.path(name) }

    private func manifestItems() throws -> [JSONDocument] {
        try JSONDocument(contentsOf: workshop.out + "/manifest.json")["items"].array
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    @Test(arguments: ["out/server.pfx"], ["nowhere", "elsewhere.pfx"])
    func linkInTheOutputsPlaceIsNotFollowed(_ output: String, target: String) throws {
        try workshop.folder.write(bytes, to: "in/server.pfx")
        try workshop.folder.write([1, 2, 3], to: "elsewhere.pfx")
        try FileManager.default.createDirectory(atPath: workshop.out, withIntermediateDirectories: false)
        try link(output, to: path(target))
        let kept = try workshop.convert([path("in")])
        #expect(kept.status == 1 && kept.text.contains("(outputExists)"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path(output)) == path(target))
        #expect(try workshop.convert([path("in")], "--overwrite").status == 0)
        #expect(try workshop.folder.read("elsewhere.pfx") == [1, 2, 3])
        #expect(!FileManager.default.fileExists(atPath: path("nowhere")))
        let type = try FileManager.default.attributesOfItem(atPath: path(output))[.type] as? FileAttributeType
        #expect(type == .typeRegular)
    }

    @Test func loopsAndDeadLinksFailByThemselves() throws {
        try workshop.folder.write(bytes, to: "in/deep/server.pfx")
        try link("in/deep/loop", to: path("in"))
        try link("in/dead.pfx", to: path("nothing"))
        try link("in/self.pfx", to: "self.pfx")
        try FileManager.default.createDirectory(atPath: path("in/folder.pfx"), withIntermediateDirectories: false)
        let run = try workshop.convert([path("in")])
        #expect(run.status == 3)
        let items = try manifestItems()
        let errors = Dictionary(
            uniqueKeysWithValues: items.map {
                (($0["source"].string ?? "").split(separator: "/").last, $0["error"]["code"].string)
            })
        #expect(errors.count == 4)
        #expect(errors["server.pfx"] == .some(nil))
        #expect(errors["loop"] == "symlinkLoop")
        #expect(errors["dead.pfx"] == "notFound")
        #expect(errors["self.pfx"] == "symlinkLoop")
    }

    @Test func oddNamesKeepTheirBytes() throws {
        let names = [
            "two\nlines", #"it's "quoted" $(date) `id` \ * ?"#, " spaces ", "-dash", "Grüße 🔑", "tab\tescape\u{1B}[2J",
        ]
        for name in names { try workshop.folder.write(bytes, to: "in/\(name).pfx") }
        let run = try workshop.convert([path("in")])
        #expect(run.status == 0, "\(run.errorText)")
        #expect(!run.text.contains("\u{1B}"))
        #expect(run.text.split(separator: "\n").filter { $0.contains("  converted  ") }.count == names.count)
        let items = try manifestItems()
        #expect(Set(items.map { $0["source"].string }) == Set(names.map { path("in/\($0).pfx") }))
        for name in names { #expect(FileManager.default.fileExists(atPath: workshop.out + "/\(name).pfx"), "\(name)") }
        try checkAgainstSchema("manifest", document: workshop.out + "/manifest.json")
        let verified = try Recapi.run("verify", workshop.out + "/manifest.json", "--password", workshop.password)
        #expect(verified.status == 0)
    }

    @Test func namesThatAreNotUTF8() throws {
        try workshop.folder.write(bytes, to: "in/server.pfx")
        let name = Array("server".utf8) + [0xFF, 0xFE] + Array(".pfx".utf8)
        #expect(
            rename(path("in/server.pfx"), (Array(path("in/").utf8) + name + [0]).map { CChar(bitPattern: $0) }) == 0)
        #expect(try workshop.convert([path("in")]).status == 0)
        let output = (Array((workshop.out + "/").utf8) + name + [0]).map { CChar(bitPattern: $0) }
        #expect(access(output, F_OK) == 0)
        try checkAgainstSchema("manifest", document: workshop.out + "/manifest.json")
        let manifest = workshop.out + "/manifest.json"
        #expect(try Recapi.run("verify", manifest, "--password", workshop.password).status == 0)
    }

    /// The longest that file systems take. An output whose name would be longer fails alone.
    @Test func namesOf255Bytes() throws {
        let longest = String(repeating: "é", count: 125) + "x.pfx"
        let noRoom = String(repeating: "y", count: 255)
        for name in [longest, noRoom, "server.pfx"] { try workshop.folder.write(bytes, to: "in/" + name) }
        let run = try workshop.convert([path("in/" + longest), path("in/" + noRoom), path("in/server.pfx")])
        #expect(run.status == 3)
        let items = try manifestItems()
        #expect(items.map { $0["error"]["code"].string } == [nil, "writeFailed", nil])
        #expect(items[1]["error"]["message"].string?.hasSuffix("File name too long") == true)
        let names = try FileManager.default.contentsOfDirectory(atPath: workshop.out)
        #expect(Set(names) == [longest, "server.pfx", "manifest.json"])
        let verified = try Recapi.run("verify", workshop.out + "/manifest.json", "--password", workshop.password)
        #expect(verified.status == 0)
    }

    @Test func folderOfAnotherCase() throws {
        for name in ["A.PFX", "b.P12", "c.txt", "d.pfx.bak"] { try workshop.folder.write(bytes, to: "in/\(name)") }
        #expect(try workshop.convert([path("in")]).status == 0)
        let outputs = try FileManager.default.contentsOfDirectory(atPath: workshop.out).filter { $0.hasSuffix(".pfx") }
        #expect(outputs.sorted() == ["A.pfx", "b.pfx"])
    }

    private static func runAsNobody(_ arguments: [String]) throws -> ExternalTool.Output {
        try ExternalTool(name: "setpriv", package: "util-linux").run(
            ["--reuid=nobody", "--regid=nogroup", "--clear-groups", Recapi.executable] + arguments)
    }

    private static var nobodyMayRunIt: Bool {
        getuid() == 0 && (try? runAsNobody(["providers"]).status) == 0
    }

    /// As another user than root, whom no permission keeps out.
    @Test(.enabled(if: nobodyMayRunIt, "only root can be somebody else, who has to be let in to the command"))
    func whatPermissionsForbid() throws {
        for name in ["in/open.pfx", "in/closed.pfx", "in/shut/server.pfx"] {
            try workshop.folder.write(bytes, to: name)
        }
        let script = """
            chmod 755 "$1"; chmod 644 "$1"/in/*.pfx; chmod 000 "$1"/in/closed.pfx "$1"/in/shut
            mkdir "$1"/out; chown nobody "$1"/out "$1"/password
            """
        try ExternalTool(name: "sh", package: "dash").check(["-c", script, "sh", workshop.folder.path])
        let run = try Self.runAsNobody([
            "convert", path("in"), "--out", workshop.out, "--password", workshop.password, "--output-password",
            workshop.password,
        ])
        #expect(run.status == 3, "\(run.errorText)")
        #expect(run.text.contains("(readFailed): \(path("in/closed.pfx")) cannot be read: Permission denied"))
        #expect(run.text.contains("(folderUnreadable): "))
        #expect(run.text.hasSuffix("1 converted, 0 unchanged, 2 failed\n"))
    }
}
