import Foundation
import TestSupport
import Testing

/// Allocators in the place of the C library's: recapi's own `free` and `realloc` give each the pieces that it has made.
@Suite(.disabled(if: isSanitized, "sanitizers bring an allocator of their own"))
struct AllocatorTests {
    private func check(preload library: String, named name: String) throws {
        let sample = try Sample()
        let run = try Recapi.run("run", sample.pipeline, setting: .init(environment: ["LD_PRELOAD": library]))
        #expect(run.status == 0, "\(run.errorText)")
        let note = try #require(run.errorText.split(separator: "\n").first { $0.contains("memory comes from") })
        #expect(note.hasPrefix("recapi: note: ") && note.contains(name))
        // Without it: what was written is right.
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"))
        #expect(verified.status == 0 && !verified.errorText.contains("memory comes from"), "\(verified.errorText)")
    }

    @Test func jemallocGetsItsMemoryBack() throws {
        try check(preload: OtherAllocator.jemalloc, named: "libjemalloc")
    }

    /// It ends a process that gives it back anything that is not its own.
    @Test func aStrictAllocatorGetsItsMemoryBack() throws {
        let folder = try TemporaryFolder()
        try check(preload: OtherAllocator.strict(in: folder), named: "strict.so")
    }

    /// Of its pieces, sizes are told that are wrong: Swift would write beyond their ends.
    @Test func anAllocatorThatTellsNoSizesIsRefused() throws {
        let run = try Recapi.run(["--version"], setting: .init(environment: ["LD_PRELOAD": OtherAllocator.memusage]))
        #expect(run.status == 1 && run.text == "")
        #expect(run.errorText.hasPrefix("recapi: the allocator that is preloaded does not tell the sizes"))
    }

    /// That it would have noticed.
    @Test func theStrictAllocatorEndsAProcessThatGivesItOthersMemory() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            """
            #include <stdlib.h>
            extern void *__libc_malloc(size_t);
            int main(void) { free(malloc(10)); free(__libc_malloc(1000)); return 0; }
            """.utf8, to: "mix.c")
        try ExternalTool(name: "cc", package: "gcc").check(["-o", folder.path("mix"), source])
        let run = try Recapi.run(
            [],
            setting: .init(
                executable: folder.path("mix"), environment: ["LD_PRELOAD": OtherAllocator.strict(in: folder)]))
        #expect(run.status == -SIGABRT)
    }
}
