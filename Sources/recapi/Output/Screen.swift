import Glibc

/// What standard error can show.
struct Screen {
    /// Whether somebody watches on a terminal that can move its cursor.
    var movesCursor: Bool
    /// Whether it says that it cannot move its cursor.
    var isDumb: Bool
    var hasColours: Bool
    /// Whether its characters are not only those of ASCII.
    var isUnicode: Bool
    private var fixedColumns: Int?

    /// - Parameter environment: gives a variable's value, or nil.
    init(isTerminal: Bool, environment: (String) -> String?) {
        isDumb = environment("TERM") == "dumb"
        movesCursor = isTerminal && !isDumb
        // https://no-color.org: set and not empty, whatever the value.
        hasColours = movesCursor && (environment("NO_COLOR") ?? "").isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? "C"
        isUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
        fixedColumns = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    static var current: Screen {
        Screen(isTerminal: isatty(STDERR_FILENO) == 1) { name in getenv(name).map { String(cString: $0) } }
    }

    /// Asked anew for each line: people change the sizes of their windows.
    var columns: Int {
        if let fixedColumns { return fixedColumns }
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
