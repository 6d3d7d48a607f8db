import Dispatch
import Glibc
import Synchronization

/// A thread that lives as long as the process, and runs what it is given in turn.
///
/// Linux sends the parent-death signal when the *thread* ends that started the process (prctl(2)), and the threads of
/// Dispatch come and go: so processes that want that signal are started here.
final class LastingThread: Sendable {
    /// nil where no thread can be made.
    static let shared = LastingThread()

    /// What is to be done. The mutex owns it, the semaphore counts it.
    private let work = Mutex<[@Sendable () -> Void]>([])
    private let isThereWork = DispatchSemaphore(value: 0)

    private init?() {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return nil }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &thread, &attributes,
            { context in
                if let context { Unmanaged<LastingThread>.fromOpaque(context).takeUnretainedValue().runForEver() }
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            return nil
        }
    }

    /// Runs a body there, and waits for its result; there always is one.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
        let isDone = DispatchSemaphore(value: 0)
        let holder = Holder<Value>()
        work.withLock {
            $0.append {
                let value = body()
                holder.value.withLock { $0 = value }
                isDone.signal()
            }
        }
        isThereWork.signal()
        isDone.wait()
        return holder.value.withLock { $0 }
    }

    private final class Holder<Value: Sendable>: Sendable {
        /// Set once by the thread. The mutex owns it.
        let value = Mutex<Value?>(nil)
    }

    private func runForEver() {
        while true {
            isThereWork.wait()
            let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            next?()
        }
    }
}
