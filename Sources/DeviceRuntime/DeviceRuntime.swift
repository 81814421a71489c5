// DeviceRuntime
