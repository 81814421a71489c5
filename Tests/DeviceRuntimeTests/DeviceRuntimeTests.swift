import Testing

@testable import DeviceRuntime
