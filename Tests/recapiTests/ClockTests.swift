import Foundation
import TestSupport
import Testing

/// A clock that is set back while recapi works, an hour each time that it is asked.
@Suite struct ClockTests {
    private let sample: Sample
    private let setting: Recapi.Setting

    init() throws {
        sample = try Sample()
        try ExternalTool(name: "cc", package: "gcc").check([
            "-shared", "-fPIC", "-Wall", "-Werror", "-o", sample.folder.path("clock.so"),
            try sample.folder.write(Self.clock.utf8, to: "clock.c"),
        ])
        setting = .init(environment: [
            "LD_PRELOAD": [sample.folder.path("clock.so"), ProcessInfo.processInfo.environment["LD_PRELOAD"]]
                .compactMap(\.self).joined(separator: ":")
        ])
    }

    private static let clock = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdatomic.h>
        #include <stddef.h>
        #include <sys/time.h>
        #include <time.h>

        int clock_gettime(clockid_t clock, struct timespec *now)
        {
            static atomic_long count;
            int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, now);
            if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
                now->tv_sec -= 3600 * atomic_fetch_add(&count, 1);
            return result;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone)
        {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *result)
        {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }
        """

    @Test func runsGoOnAndNothingTakesLessThanNoTime() throws {
        let (metrics, junit, page) = (sample.path("run.prom"), sample.path("run.xml"), sample.path("run.html"))
        let first = try Recapi.run(
            "run", sample.pipeline, "--metrics-file", metrics, "--junit", junit, "--report", page, setting: setting)
        #expect(first.status == 0, "\(first.errorText)")
        let run = try JSONDocument(contentsOf: sample.manifest)["run"]
        let (start, end) = (try #require(run["start"].string), try #require(run["end"].string))
        #expect(end < start, "the clock was not set back")
        try checkAgainstSchema("manifest", document: sample.manifest)
        for item in try JSONDocument(contentsOf: sample.manifest)["items"].array {
            #expect(try #require(item["durationMilliseconds"].value as? Double) >= 0)
        }
        for path in [metrics, junit, page] {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(!text.contains(#/(seconds|time="|> ?)\s*-\d/#), "\(path): \(text)")
        }

        let second = try Recapi.run("run", sample.pipeline, setting: setting)
        #expect(second.status == 0)
        #expect(second.text.hasSuffix("4 files: 0 converted, 4 unchanged, 0 failed\n"))
        #expect(try Recapi.run("status", sample.pipeline, setting: setting).text == "4 files: 4 as recorded\n")
        let verified = try Recapi.run(
            "verify", sample.manifest, "--password", "file:" + sample.path("passwords/output"), setting: setting)
        #expect(verified.status == 0)
    }

    /// What has a time limit is measured by a clock that cannot be set.
    @Test func aProgramThatGivesAPasswordIsStillWaitedFor() throws {
        try sample.folder.writeProgram(
            "#!/bin/sh\nsleep 0.3\ncat \(sample.path("passwords/output"))\n".utf8, to: "slow")
        try sample.editPipeline("\"file:passwords/output\"", "\"cmd:\(sample.folder.path("slow"))\"")
        #expect(try Recapi.run("run", sample.pipeline, setting: setting).status == 0)
    }
}
