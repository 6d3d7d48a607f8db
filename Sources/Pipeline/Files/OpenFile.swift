import CFileSystem
import Glibc
import Providers

/// An open file descriptor that is closed with its value.
struct OpenFile: ~Copyable {
    let descriptor: Int32

    /// - Throws: ``SystemError``.
    init(_ path: FilePath, _ flags: Int32, mode: mode_t = 0o600) throws {
        descriptor = try Self.retrying { path.withCString { Glibc.open($0, flags | O_CLOEXEC | O_NOCTTY, mode) } }
    }

    /// Opens `name` in this folder.
    func open(_ name: FilePath, _ flags: Int32, mode: mode_t = 0o600) throws -> OpenFile {
        OpenFile(
            takingOwnershipOf: try Self.retrying {
                name.withCString { openat(descriptor, $0, flags | O_CLOEXEC | O_NOCTTY, mode) }
            })
    }

    init(takingOwnershipOf descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// - Returns: the number of bytes read; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try Self.retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    /// Reads all of `count` bytes at `offset`.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = try Self.retrying { pread(descriptor, part.baseAddress, part.count, offset + filled) }
                guard got > 0 else { throw SystemError(number: EIO) }
                filled += got
            }
        }
    }

    func write(_ bytes: some Collection<UInt8>) throws {
        try Array(bytes).withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                written += try Self.retrying { Glibc.write(descriptor, rest.baseAddress, rest.count) }
            }
        }
    }

    /// Whether only this machine writes to the file system.
    var isOnLocalFileSystem: Bool { recapi_is_on_local_file_system(descriptor) != 0 }

    /// Waits until the file is on the disk.
    func synchronize() throws {
        _ = try Self.retrying { Int(fsync(descriptor)) }
    }

    /// - Throws: ``SystemError``, `ETIMEDOUT` at the deadline.
    static func waitToRead(_ descriptor: Int32, before deadline: SuspendingClock.Instant) throws {
        switch Readiness(of: descriptor, POLLIN, before: deadline) {
        case .ready: return
        case .timedOut: throw SystemError(number: ETIMEDOUT)
        case .failed(let number): throw SystemError(number: number)
        }
    }

    /// Calls again while a signal interrupts.
    static func retrying<Value: BinaryInteger>(_ call: () -> Value) throws -> Value {
        while true {
            let result = call()
            if result >= 0 { return result }
            guard errno == EINTR else { throw SystemError() }
        }
    }
}

/// A system call's `errno`.
struct SystemError: Error, Equatable {
    let number: Int32

    init(number: Int32 = errno) {
        self.number = number
    }

    /// The system's words, such as `No such file or directory`.
    var text: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(number, base, buffer.count) == 0 else {
                return "error \(number)"
            }
            return String(cString: base)
        }
    }
}
