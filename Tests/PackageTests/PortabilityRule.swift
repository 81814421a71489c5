// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import Foundation

/// Names that some supported system lacks, and the conditions that must guard their use.
enum PortabilityRule {
  /// A name that may be used only under a condition that mentions one of `guards`.
  struct Word {
    let word: String
    let guards: [String]
    let reason: String
  }

  /// Swift types and C functions that some system lacks.
  static let words: [Word] =
    [
      Word(word: "Float16", guards: ["arch("], reason: "Macs with Intel processors lack it"),
      Word(word: "Float80", guards: ["arch("], reason: "only processors of Intel's have it"),
      Word(word: "__errno_location", guards: linux, reason: "Darwin calls it __error"),
      Word(word: "MAP_ANONYMOUS", guards: linux, reason: "Darwin's Swift calls it MAP_ANON"),
    ]
    + [
      "accept4", "clock_nanosleep", "epoll_create1", "eventfd", "explicit_bzero", "fallocate",
      "get_nprocs", "getauxval", "getrandom", "gettid", "malloc_trim", "malloc_usable_size",
      "memfd_create", "mremap", "pipe2", "posix_fadvise", "ppoll", "prctl",
      "program_invocation_name", "pthread_getattr_np", "pthread_setaffinity_np",
      "sched_getaffinity",
      "sched_setaffinity", "secure_getenv", "sysinfo", "MADV_HUGEPAGE", "MAP_POPULATE", "O_DIRECT",
      "RTLD_DEEPBIND",
    ].map { Word(word: $0, guards: linux, reason: "only Linux has it") }

  /// Conditions that hold on no Apple system.
  private static let linux = ["os(Linux)", "canImport(Glibc)", "canImport(Musl)"]

  /// The C libraries of the systems; a file that imports one must import each that is available.
  static let cLibraries: Set<String> = ["Glibc", "Musl", "Darwin"]

  /// Types of the standard library by the first version of Apple's systems that has them: macOS,
  /// iOS and visionOS.
  static let availability: [String: (macOS: Int, iOS: Int, visionOS: Int)] = [
    "InlineArray": (26, 26, 26), "UTF8Span": (26, 26, 26), "OutputSpan": (26, 26, 26),
    "Int128": (15, 18, 2), "UInt128": (15, 18, 2), "Mutex": (15, 18, 2), "Atomic": (15, 18, 2),
  ]

  /// Returns the violations in a Swift file, each as `path:line: …`.
  static func findings(in file: SourceFile) -> [String] {
    missingLibraries(in: file) + unguardedWords(in: file)
  }

  /// Returns a finding if a file imports only the C libraries of some systems.
  private static func missingLibraries(in file: SourceFile) -> [String] {
    let imported = cLibraries.intersection(file.imports)
    guard !imported.isEmpty, imported != cLibraries else { return [] }
    let missing = cLibraries.subtracting(imported).sorted().joined(separator: " and ")
    return ["\(file.path): imports \(imported.sorted().joined(separator: ", ")), not \(missing)"]
  }

  /// Returns a finding for each name that is used without its condition.
  private static func unguardedWords(in file: SourceFile) -> [String] {
    var conditions: [String] = []
    var found: [String] = []
    for (index, line) in file.lines.enumerated() {
      let code = String(
        line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0])
      let directive = code.drop { $0 == " " }
      if directive.hasPrefix("#if ") {
        conditions.append(String(directive))
      } else if directive.hasPrefix("#else") {
        // The opposite condition does not guard the name.
        conditions[conditions.count - 1] = String(directive)
      } else if directive.hasPrefix("#endif") {
        conditions.removeLast()
      }
      let names = Set(code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
      for word in words where names.contains(word.word) && !directive.hasPrefix("#") {
        guard !conditions.contains(where: { line in word.guards.contains { line.contains($0) } })
        else { continue }
        found.append(
          "\(file.path):\(index + 1): \(word.word) stands under no condition; \(word.reason)")
      }
    }
    return found
  }

  /// Returns the types of `availability` that a file uses.
  static func datedTypes(in file: SourceFile) -> Set<String> {
    let names = file.lines.flatMap { line in
      line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
        .split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
    return Set(names).intersection(availability.keys)
  }
}
