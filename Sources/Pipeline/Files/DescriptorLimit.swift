import Glibc

/// How many files the process may have open (RLIMIT_NOFILE, getrlimit(2)).
enum DescriptorLimit {
    /// Raises the limit to `wanted`, as far as the system's hard limit lets it. The usual one of 1,024 is there for programs
    /// that use select(2).
    ///
    /// - Returns: the limit from now on.
    static func raised(to wanted: Int) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return wanted }
        let before = limit.rlim_cur
        limit.rlim_cur = max(before, min(rlim_t(wanted), limit.rlim_max))
        return Int(clamping: setrlimit(resource, &limit) == 0 ? limit.rlim_cur : before)
    }
}
