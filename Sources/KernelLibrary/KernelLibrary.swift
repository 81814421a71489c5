// KernelLibrary
