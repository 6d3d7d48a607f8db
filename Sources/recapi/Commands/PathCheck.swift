import ArgumentParser
import Pipeline

/// What can be told of a path on the command line before anything is looked at.
enum PathCheck {
    /// - Throws: `ValidationError` for an empty path, which would mean the working folder where a variable of a script
    ///   was not set, and for one that was not UTF-8, of which the shell's bytes do not arrive here.
    static func check(_ paths: [String], _ name: String) throws {
        for path in paths {
            guard !path.isEmpty else { throw ValidationError("\(name) is empty; name . for the working folder.") }
            guard !path.unicodeScalars.contains("\u{FFFD}") || FilePath(path).isTaken else {
                throw ValidationError(
                    "\(name) is not UTF-8: \(path); name the folder that it is in, or a list in pipeline.json.")
            }
        }
    }
}
