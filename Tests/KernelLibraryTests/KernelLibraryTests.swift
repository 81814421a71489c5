import Testing

@testable import KernelLibrary
