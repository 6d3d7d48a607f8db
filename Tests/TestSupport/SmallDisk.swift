import Foundation

/// A disk of its own that soon is full, mounted for as long as this lives.
public final class SmallDisk: Sendable {
    public let path: String

    /// Whether there can be any: that takes root and CAP_SYS_ADMIN.
    public static let isPossible = (try? SmallDisk(at: TemporaryFolder().path("disk"), size: "64k")) != nil
    /// Why a test is skipped.
    public static let impossible = "a small tmpfs cannot be mounted here; it needs root and CAP_SYS_ADMIN"

    /// - Parameters:
    ///   - path: where it is mounted; a folder that is made unless it is there.
    ///   - size: as mount(8) takes it for a tmpfs, such as `64k`.
    /// - Throws: ``ExternalTool/Failure``.
    public init(at path: String, size: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try ExternalTool(name: "mount", package: "mount").check(["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", path])
        self.path = path
    }

    deinit {
        _ = try? ExternalTool(name: "umount", package: "mount").run([path])
    }

    /// Mounts it anew with what is on it.
    ///
    /// - Parameter options: such as `ro` and `size=1m`.
    public func remount(_ options: String) throws {
        try ExternalTool(name: "mount", package: "mount").check(["-o", "remount,\(options)", path])
    }
}
