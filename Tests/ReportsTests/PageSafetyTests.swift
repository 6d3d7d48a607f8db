import Foundation
import TestSupport
import Testing

@testable import Pipeline
@testable import Reports

/// What the page does not do, and whom it does not shut out.
@Suite struct PageSafetyTests {
    @Test func nothingFromOutsideBecomesMarkup() throws {
        let (page, plain) = (try Page([Fixture.attack]), try Page([Fixture.ordinary]))
        #expect(page.strings("scripts") == plain.strings("scripts") && page.strings("scripts").count == 1)
        #expect(page.strings("styles") == plain.strings("styles") && page.strings("styles").count == 1)
        #expect(Set(page.strings("elements")).subtracting(plain.strings("elements")).isEmpty)
        #expect(Set(page.strings("attributes")).subtracting(plain.strings("attributes")).isEmpty)
        #expect(page.strings("errors").isEmpty)
    }

    @Test func namesThatAttackAreShownAsTheyAre() throws {
        let page = try Page([Fixture.attack])
        let rows = page.table("items").dropFirst()
        let name = Fixture.hostileAsShown.split(separator: "/").last.map(String.init)
        for row in rows { #expect(row[0] == Fixture.hostileAsShown && row[1] == name) }
        #expect(rows.first?[3].hasPrefix(Fixture.hostileAsShown) == true)
        #expect(rows.last?[3] == "\(Fixture.hostileAsShown) \(Fixture.hostileAsShown)")
        #expect(page.strings("hints") == ["What to do \(Fixture.hostileAsShown)"])
        #expect(page.strings("details").contains { $0.contains("Notes: \(Fixture.hostileAsShown)\n") })
    }

    @Test func pageHasNoCharacterThatHidesOrTurns() throws {
        let scalars = try Page([Fixture.attack]).text.unicodeScalars
        #expect(scalars.allSatisfy { $0 == "\n" || !$0.isUnseen })
    }

    @Test func browserMayDoNothingButWhatTheHashesName() throws {
        let page = try Page([Fixture.ordinary])
        let (script, style) = (try #require(page.strings("scripts").first), try #require(page.strings("styles").first))
        // Where this fails, report.js or report.css changed: ContentSecurityPolicy takes the values that it names.
        #expect(
            page.string("policy")
                == "default-src 'none'; style-src 'sha256-\(style)'; script-src 'sha256-\(script)'; base-uri 'none'; form-action 'none'"
        )
        #expect(page.strings("addresses").allSatisfy { $0.hasPrefix("#") } && !page.strings("addresses").isEmpty)
        #expect(!page.text.contains("@import") && !page.text.contains("url("))
    }

    @Test func structureIsThereForThoseWhoDoNotSee() throws {
        let page = try Page([Fixture.ordinary])
        #expect(page.string("language") == "en")
        #expect(["header", "nav", "main", "footer"].allSatisfy(page.strings("elements").contains))
        #expect(page.strings("headersWithoutScope").isEmpty)
        #expect(page.strings("tablesWithoutCaption").isEmpty)
        #expect(page.strings("fieldsWithoutLabel").isEmpty)
        let ids = page.strings("ids")
        #expect(Set(ids).count == ids.count)
        #expect(page.strings("references").allSatisfy(ids.contains))
        #expect(page.strings("addresses").allSatisfy { ids.contains(String($0.dropFirst())) })
    }

    /// WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text, in light, dark and print.
    @Test func coloursOfTextHaveContrast() throws {
        let schemes = ContentSecurityPolicy.style.components(separatedBy: ":root {").dropFirst().map(Self.colours)
        try #require(schemes.count == 3)
        for scheme in schemes {
            for text in ["text", "muted", "accent", "good", "bad", "warn"] {
                for ground in ["page", "panel", "stripe"] { try Self.check(scheme, text, ground) }
            }
            for kind in ["good", "same", "bad", "warn"] { try Self.check(scheme, kind, kind + "-tint") }
            try Self.check(scheme, "text", "warn-tint")
        }
    }

    private static func colours(_ block: String) -> [String: String] {
        block.prefix { $0 != "}" }.matches(of: #/--([a-z-]+): #([0-9a-f]{6})/#)
            .reduce(into: [:]) { $0[String($1.1)] = String($1.2) }
    }

    private static func check(_ scheme: [String: String], _ text: String, _ ground: String) throws {
        let lights = try [text, ground].map { try luminance(#require(scheme[$0])) }.sorted()
        let contrast = (lights[1] + 0.05) / (lights[0] + 0.05)
        #expect(contrast >= 4.5, "\(text) on \(ground): \(contrast)")
    }

    private static func luminance(_ colour: String) throws -> Double {
        let number = try #require(Int(colour, radix: 16))
        let parts = [number >> 16, number >> 8 & 0xFF, number & 0xFF].map { part in
            let value = Double(part) / 255
            return value <= 0.040_45 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
}
