// MachineIR
