import Testing

@testable import recapi

/// The texts of progress, without a run.
@Suite struct ProgressTextTests {
    private func screen(_ columns: Int, _ environment: [String: String] = [:]) -> Screen {
        Screen(isTerminal: true) { name in name == "COLUMNS" ? "\(columns)" : environment[name] }
    }

    @Test func whatMattersLeastGoesFirst() {
        let progress = ProgressSnapshot(done: 4_321, failed: 2, total: 10_000, rate: 210)
        let texts = [90, 60, 50, 40, 34, 20].map { columns in
            ProgressBar(noun: "file", screen: screen(columns, ["NO_COLOR": "1"])).text(progress)
        }
        #expect(
            texts == [
                "4321 of 10000 files, 2 failed  [############------------------]  43%  210/s  0:28 left",
                "4321 of 10000 files, 2 failed  43%  210/s  0:28 left", "4321 of 10000 files, 2 failed  43%  210/s",
                "4321 of 10000 files, 2 failed  43%", "4321 of 10000 files, 2 failed", "4321 of 10000 files",
            ])
    }

    @Test(arguments: [
        (0.004, "0.2/min", "694:26:40 left"), (0.5, "30.0/min", "5:33:20 left"), (3.25, "3.3/s", "51:17 left"),
        (210, "210/s", "0:48 left"),
    ]) func ratesAreReadable(rate: Double, text: String, left: String) {
        let progress = ProgressSnapshot(done: 0, failed: 0, total: 10_000, rate: rate)
        #expect(progress.rateText == text && progress.leftText == left)
    }

    @Test func nothingIsSaidThatIsNotKnown() {
        for progress in [
            ProgressSnapshot(done: 0, failed: 0, total: 10, rate: nil),
            ProgressSnapshot(done: 0, failed: 0, total: 10, rate: 0),
        ] {
            #expect(progress.rateText == nil && progress.leftText == nil)
        }
        #expect(ProgressSnapshot(done: 10, failed: 0, total: 10, rate: 5).leftText == nil)
    }

    @Test func rateIsThatOfTheLastHalfMinute() throws {
        var rate = ProgressRate()
        rate.add(0, at: 100)
        #expect(rate.perSecond(3, at: 100.2) == nil)
        #expect(rate.perSecond(10, at: 101) == 10)
        // Ten a second for a minute, then one a second for a minute.
        var done = 0
        for second in 1...60 {
            done += 10
            rate.add(done, at: 100 + Double(second))
        }
        #expect(try abs(#require(rate.perSecond(done, at: 160)) - 10) < 0.01)
        for second in 61...120 {
            done += 1
            rate.add(done, at: 100 + Double(second))
        }
        #expect(try abs(#require(rate.perSecond(done, at: 220)) - 1) < 0.01)
    }

    @Test func rateFallsWhileNothingHappens() throws {
        var rate = ProgressRate()
        rate.add(0, at: 0)
        rate.add(100, at: 1)
        #expect(try #require(rate.perSecond(100, at: 10)) == 10)
    }

    @Test func screensAreWhatTheEnvironmentSays() {
        #expect(Self.terminal(["TERM": "xterm"]).movesCursor && Self.terminal([:]).hasColours)
        #expect(!Self.terminal(["TERM": "dumb"]).movesCursor && !Self.terminal(["TERM": "dumb"]).hasColours)
        #expect(!Self.piped(["TERM": "xterm"]).movesCursor && !Self.piped([:]).hasColours)
        #expect(!Self.terminal(["NO_COLOR": "0"]).hasColours && Self.terminal(["NO_COLOR": ""]).hasColours)
        #expect(
            Self.terminal(["LANG": "de_DE.UTF-8"]).isUnicode
                && Self.terminal(["LC_CTYPE": "C.utf8", "LANG": "C"]).isUnicode)
        #expect(!Self.terminal(["LC_ALL": "C", "LANG": "de_DE.UTF-8"]).isUnicode && !Self.terminal([:]).isUnicode)
        #expect(Self.terminal(["COLUMNS": "33"]).columns == 33)
        for nonsense in ["0", "-4", "wide"] { #expect(Self.terminal(["COLUMNS": nonsense]).columns > 0) }
    }

    private static func terminal(_ environment: [String: String]) -> Screen {
        Screen(isTerminal: true) { environment[$0] }
    }

    private static func piped(_ environment: [String: String]) -> Screen {
        Screen(isTerminal: false) { environment[$0] }
    }
}
