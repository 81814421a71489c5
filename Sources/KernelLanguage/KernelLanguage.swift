// KernelLanguage
