import Glibc

/// A source as it was read.
package struct ReadFile {
    package var bytes: [UInt8]
    var identity: FileStatus.Identity
}

/// Reads files that anybody may have put there.
package struct FileReader: Sendable {
    /// The largest file that is taken, in bytes.
    var byteLimit: Int

    package init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// - Parameter following: whether a symbolic link at the last name is followed.
    /// - Throws: ``PipelineError`` `notFound`, `readFailed`, `notARegularFile`, `tooLarge`.
    package func read(_ path: FilePath, followingLink: Bool = true) throws(PipelineError) -> ReadFile {
        do {
            return try readOrThrowSystemError(path, followingLink: followingLink)
        } catch let error as PipelineError {
            throw error
        } catch {
            throw PipelineError(reading: path, error)
        }
    }

    private func readOrThrowSystemError(_ path: FilePath, followingLink: Bool) throws -> ReadFile {
        // Asked before opening, because opening a device can have effects and a FIFO can block.
        guard let before = FileStatus(path, followingLink: followingLink) else { throw SystemError() }
        guard before.kind == .file else { throw PipelineError.notARegularFile(path, before.kind) }
        let file = try OpenFile(path, O_RDONLY | O_NONBLOCK | (followingLink ? 0 : O_NOFOLLOW))
        guard let status = FileStatus(file) else { throw SystemError() }
        guard status.kind == .file else { throw PipelineError.notARegularFile(path, status.kind) }
        guard status.byteCount <= byteLimit else { throw tooLarge(path) }
        let bytes = try readAll(file, expecting: status.byteCount)
        guard bytes.count <= byteLimit else { throw tooLarge(path) }
        return ReadFile(bytes: bytes, identity: status.identity)
    }

    /// Reads to the end, which may have moved since the file was asked for its size, or past the limit.
    private func readAll(_ file: borrowing OpenFile, expecting count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var room = count + 1
        while bytes.count <= byteLimit {
            let part = try [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if part.isEmpty { break }
            if bytes.isEmpty { bytes = part } else { bytes += part }
            room = max(count + 1 - bytes.count, 4_096)
        }
        return bytes
    }

    private func tooLarge(_ path: FilePath) -> PipelineError {
        PipelineError(
            .tooLarge, "\(path) has more than \(byteLimit) bytes", hint: "raise limits.fileBytes if it really is a PFX")
    }
}

extension PipelineError {
    fileprivate static func notARegularFile(_ path: FilePath, _ kind: FileStatus.Kind) -> PipelineError {
        PipelineError(
            .notARegularFile, "\(path) is \(kind == .folder ? "a folder, not a file" : "not a regular file")")
    }

    /// For an error that came up while `path` was read.
    init(reading path: FilePath, _ error: any Error) {
        guard let error = error as? SystemError else {
            self.init(.unexpected, "\(path) cannot be read: \(error)")
            return
        }
        let code: Code =
            switch error.number {
            case ENOENT: .notFound
            case ELOOP: .symlinkLoop
            case _ where error.mayPass: .storageUnavailable
            default: .readFailed
            }
        self.init(
            code, "\(path) cannot be read: \(error.text)",
            hint: error.number == EACCES ? "let the user of this run read the file" : nil)
    }

    /// For an error that came up while `path` was written.
    init(writing path: FilePath, _ error: any Error) {
        let number = (error as? SystemError)?.number
        let hint: String? =
            switch number {
            case EACCES?, EPERM?: "let the user of this run write there, or choose another folder"
            case ENOSPC?, EDQUOT?: "make room on the disk, and run it again: what is done stays done"
            case EROFS?: "choose an output folder on a file system that can be written to"
            default: nil
            }
        let text = (error as? SystemError)?.text ?? "\(error)"
        let code = (error as? SystemError)?.mayPass == true ? Code.storageUnavailable : .writeFailed
        self.init(code, "\(path) cannot be written: \(text)", hint: hint)
    }
}
