import Testing

@testable import MachineIR
