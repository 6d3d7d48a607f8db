import FoundationEssentials
import Glibc

extension OpenFile {
    /// Takes the file or folder for this process, until it is closed (flock(2)).
    ///
    /// The system gives the lock back when a process ends, in whatever way, so that none can be left behind.
    /// - Parameter isShared: with others who say so as well.
    /// - Returns: false where another open file holds it. A file system without locks is no reason not to go on.
    func lock(isShared: Bool = false) -> Bool {
        flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 || errno != EWOULDBLOCK
    }
}

/// Who holds a lock, as far as the system says: for people, and never relied on.
enum LockHolder {
    /// Such as `: process 4711 on EX01, since 2026-11-24T02:00:00Z`; empty where it is not known, as where another machine
    /// holds it.
    static func text(_ file: borrowing OpenFile) -> String {
        guard let identifier = process(file) else { return "" }
        var text = ": process \(identifier) on \(hostName())"
        if let seconds = secondsSinceStart(of: identifier) {
            text += ", since \(Date(timeIntervalSinceNow: -seconds).formatted(.iso8601))"
        }
        return text
    }

    /// The process that `/proc/locks` (proc(5)) names for a file's lock.
    private static func process(_ file: borrowing OpenFile) -> Int32? {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0,
            let locks = try? FileReader(byteLimit: 1 << 24).read("/proc/locks").bytes
        else { return nil }
        // 3: FLOCK  ADVISORY  WRITE 4711 fe:01:1234 0 EOF
        for line in String(decoding: locks, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", let identifier = Int32(fields[4]), identifier > 0 else {
                continue
            }
            let place = fields[5].split(separator: ":")
            guard place.count == 3, UInt64(place[2]) == UInt64(status.st_ino),
                UInt64(place[0], radix: 16) == major(status.st_dev), UInt64(place[1], radix: 16) == minor(status.st_dev)
            else { continue }
            return identifier
        }
        return nil
    }

    /// By the 22nd field of `/proc/PID/stat`, in clock ticks after the system's start (proc(5)); the second may hold blanks.
    private static func secondsSinceStart(of process: Int32) -> Double? {
        guard let bytes = try? FileReader(byteLimit: 1 << 16).read(FilePath("/proc/\(process)/stat")).bytes,
            let name = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(name + 1)...], as: UTF8.self).split(separator: " ")
        var now = timespec()
        guard fields.count > 19, let ticks = Double(fields[19]), clock_gettime(CLOCK_BOOTTIME, &now) == 0 else {
            return nil
        }
        return Double(now.tv_sec) - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    // As glibc's macros, which Swift does not see (makedev(3)).
    private static func major(_ device: dev_t) -> UInt64 { UInt64(device) >> 8 & 0xFFF | UInt64(device) >> 32 & ~0xFFF }
    private static func minor(_ device: dev_t) -> UInt64 { UInt64(device) & 0xFF | UInt64(device) >> 12 & ~0xFF }
}
