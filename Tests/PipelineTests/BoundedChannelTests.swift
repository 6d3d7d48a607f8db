import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct BoundedChannelTests {
    @Test(.patientLimit(minutes: 1), arguments: [1, 3, 64])
    func severalSendersOfMoreThanThereIsRoomForLoseNothing(capacity: Int) {
        let channel = BoundedChannel<Int>(capacity: capacity)
        let senders = DispatchGroup()
        for sender in 0..<4 {
            DispatchQueue(label: "sender \(sender)").async(group: senders) {
                channel.send(contentsOf: [])
                for batch in 0..<50 { channel.send(contentsOf: (0..<10).map { sender * 500 + batch * 10 + $0 }) }
            }
        }
        senders.notify(queue: .global()) { channel.finish(receivers: 1) }
        var received: [Int] = []
        while true {
            let some = channel.receive(atMost: 64, sharedBy: 1)
            if some.isEmpty { break }
            #expect(some.count <= capacity)
            received += some
        }
        for sender in 0..<4 {
            #expect(received.filter { $0 / 500 == sender } == Array(sender * 500..<(sender + 1) * 500))
        }
        #expect(received.count == 2_000)
    }

    @Test(.patientLimit(minutes: 1)) func whoeverTakesOneFindsTheOthersThatWereSentWithIt() {
        let channel = BoundedChannel<Int>(capacity: 64)
        let taken = Mutex<[Int]>([])
        for round in 0..<200 {
            let receiver = DispatchGroup()
            DispatchQueue(label: "receiver \(round)").async(group: receiver) {
                let count = channel.receive(atMost: 64, sharedBy: 1).count
                taken.withLock { $0.append(count) }
            }
            channel.send(contentsOf: Array(0..<32))
            receiver.wait()
        }
        #expect(taken.withLock { $0 } == Array(repeating: 32, count: 200))
    }
}
