import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// A browser of this machine; scripts/test does not install one, for its size.
private enum Browser {
    static let name = ["chromium", "chromium-browser", "google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
    }
}

/// What Chromium makes of the page, where it is installed.
@Suite(.enabled(if: Browser.name != nil)) struct BrowserTests {
    /// The document after its scripts ran.
    private func document(_ manifest: Manifest) throws -> String {
        let folder = try TemporaryFolder()
        let text = try HTMLReport([.init(manifest: manifest, path: "/m")], version: "1").text()
        let page = try folder.write(Array(text.utf8), to: "report.html")
        let browser = ExternalTool(name: try #require(Browser.name), package: "chromium")
        return try browser.check(
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path("profile"))",
                "--virtual-time-budget=5000", "--dump-dom", "file://\(page)",
            ], timeLimit: 120
        ).text
    }

    @Test func scriptShowsAPageOfRows() throws {
        let items = (0..<250).map { Fixture.item("berlin", "/in/\($0).pfx", .converted, [Fixture.identity($0)]) }
        let document = try document(Fixture.manifest(items))
        #expect(document.components(separatedBy: "<tr data-site=").count == 101)
        #expect(document.contains("1–100 of 250 rows") && document.contains("Page 1 of 3"))
        #expect(document.contains(#"<html lang="en" class="">"#))
    }

    @Test func attackDoesNothing() throws {
        let document = try document(Fixture.attack)
        #expect(document.contains("1–3 of 3 rows"))
        #expect(document.components(separatedBy: "<script").count == 2)
        #expect(!document.contains("<img"))
    }
}
