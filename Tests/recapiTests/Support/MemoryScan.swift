import Foundation
import TestSupport

/// What the memory of a running command holds, and that of the programs it started.
///
/// Again and again all of them are stopped, and what they can write to is searched.
struct MemoryScan: Decodable {
    let status: Int
    /// How often it was looked.
    let scans: Int
    /// How often the command's own memory held any of the traces, and that of its programs.
    let own: Int
    let host: Int
    /// The traces that were there at the end: with ``init(_:searching:until:)`` of a file.
    let left: [String]

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - traces: what to search for, by name; found in either order of bytes.
    ///   - file: what the command writes last, before it prints its results. Those then find no reader until it was looked
    ///     at what is left.
    init(_ command: [String], searching traces: [String: [UInt8]], until file: String? = nil) throws {
        let request = try JSONEncoder().encode(Request(traces: traces.mapValues { hex($0) }, file: file))
        let output = try ExternalTool.python3.check(
            ["-c", Self.scanner, String(decoding: request, as: UTF8.self)] + command, timeLimit: 200)
        self = try JSONDecoder().decode(MemoryScan.self, from: Data(output.standardOutput))
    }

    private struct Request: Encodable {
        let traces: [String: String]
        let file: String?
    }

    private static let scanner = """
        import fcntl, json, os, re, signal, subprocess, sys, time

        def children(pid):
            found = set()
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    found |= {int(child) for child in open(f"/proc/{pid}/task/{thread}/children").read().split()}
            except OSError:
                pass
            return sorted(found)

        def held(pid):
            found = set()
            try:
                with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps") as maps:
                    for line in maps:
                        match = re.match("([0-9a-f]+)-([0-9a-f]+) rw", line)
                        if not match:
                            continue
                        start, end = int(match[1], 16), int(match[2], 16)
                        try:
                            memory.seek(start)
                            data = memory.read(end - start)
                        except OSError:
                            continue
                        found |= {name for name, trace in traces if trace in data}
            except OSError:  # it has ended
                pass
            return found

        def tell(pids, number):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

        def is_asleep(pid):
            states = [open(f"/proc/{pid}/task/{thread}/stat").read().rpartition(")")[2].split()[0]
                      for thread in os.listdir(f"/proc/{pid}/task")]
            return all(state == "S" for state in states)

        request = json.loads(sys.argv[1])
        traces = [(name, bytes.fromhex(text)) for name, text in request["traces"].items()]
        traces += [(name, trace[::-1]) for name, trace in traces]
        file = request.get("file")
        reading, writing = os.pipe()
        if file:
            os.write(writing, bytes(fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)))
        else:
            os.close(reading)
            writing = os.open("/dev/null", os.O_WRONLY)
        process = subprocess.Popen(sys.argv[2:], stdout=writing)
        os.close(writing)
        scans = own = host = 0
        left = set()
        while process.poll() is None:
            pids = [process.pid] + children(process.pid)
            if file and os.path.exists(file):
                quiet = 0
                while quiet < 20:
                    quiet = quiet + 1 if is_asleep(process.pid) else 0
                    time.sleep(0.01)
                left = set().union(*[held(pid) for pid in [process.pid] + children(process.pid)])
                while os.read(reading, 65536):
                    pass
                process.wait()
                break
            tell(pids, signal.SIGSTOP)
            scans += 1
            own += bool(held(process.pid))
            host += any([held(pid) for pid in pids[1:]])
            tell(pids, signal.SIGCONT)
            time.sleep(0.03 if file else 0.01)
        print(json.dumps({"status": process.returncode, "scans": scans, "own": own, "host": host, "left": sorted(left)}))
        """
}

extension OpenSSLReading {
    /// The private numbers of a key in a file, as openssl prints them: d, p, q and what is made of them.
    static func privateNumbers(_ path: String, password source: String) throws -> [String: [UInt8]] {
        let key = try ExternalTool.openssl.check(["pkcs12", "-in", path, "-passin", source, "-nocerts", "-nodes"])
        let lines = try ExternalTool.openssl.check(["rsa", "-noout", "-text"], input: key.standardOutput).text
            .split(separator: "\n")
        let names = ["privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient"]
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                let digits = lines.drop { !$0.hasPrefix(name) }.dropFirst().prefix { $0.hasPrefix(" ") }.joined()
                    .compactMap { $0.hexDigitValue.map(UInt8.init) }
                return (name, stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
            })
    }
}
