import MachineIR
import PTX
import Testing

@Suite(.serialized) struct BuildSpeedTests {
  /// The first kernel of a process also makes the table of instruction descriptions.
  init() throws { _ = try LibraryKernel.all[0].module().ptx() }

  @Test(arguments: LibraryKernel.all)
  func `a kernel is recorded and printed in milliseconds`(kernel: LibraryKernel) throws {
    let clock = ContinuousClock()
    // The least of several, since other tests run at the same time.
    var least = Duration.seconds(1)
    for _ in 0..<20 {
      let fresh = try #require(LibraryKernel.all.first { $0.name == kernel.name })
      least = min(least, try clock.measure { _ = try fresh.module().ptx() })
    }
    #expect(least < .milliseconds(10), "\(kernel.name): \(least)")
    print("built \(kernel.name) in \(least)")
  }
}
