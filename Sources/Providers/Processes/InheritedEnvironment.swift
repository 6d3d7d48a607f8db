import Glibc

/// What other programs get of this process's environment.
package enum InheritedEnvironment {
    /// The variables as `NAME=VALUE`, pointers into the environment itself, which nothing changes while this process runs.
    ///
    /// - Parameter names: those that other programs do not get, such as those that hold passwords.
    package static func variables(without names: Set<String>) -> [UnsafeMutablePointer<CChar>] {
        var variables: [UnsafeMutablePointer<CChar>] = []
        var next = environ
        while let variable = next.pointee {
            next += 1
            let length = strchr(variable, Int32(UInt8(ascii: "="))).map { $0 - variable } ?? strlen(variable)
            let name = UnsafeRawBufferPointer(start: variable, count: length)
            if !names.contains(String(decoding: name, as: UTF8.self)) { variables.append(variable) }
        }
        return variables
    }
}
