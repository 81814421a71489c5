import MachineIR

func sketch(_ module: Module) -> String {
  var text = ".version \(module.version)\n.target \(module.target)\n.address_size 64\n"
  for v in module.variables {
    text += ".extern .shared .align \(v.byteAlignment) .b8 \(v.name)[];\n"
  }
  for f in module.functions {
    text += ".visible .entry \(f.name)("
    text += f.parameters.map { p in
      p.count.map { ".param .align \(p.byteAlignment) .b8 \(p.name)[\($0)]" }
        ?? ".param .\(p.type.rawValue) \(p.name)"
    }.joined(separator: ", ")
    text += ")\n"
    for d in f.directives {
      text += ".\(d.name) \(d.values.map(String.init).joined(separator: ", "))\n"
    }
    text += "{\n"
    for r in f.registers { text += ".reg .\(r.type.rawValue) \(r.name);\n" }
    for b in f.blocks ?? [] {
      if let l = b.label { text += "\(l):\n" }
      for i in b.instructions {
        var s = "  "
        if let c = i.condition { s += "@\(c.isNegated ? "!" : "")\(f.name(of: c.register)) " }
        s += i.mnemonic
        if !i.operands.isEmpty {
          s += " " + i.operands.map { sketch($0, f) }.joined(separator: ", ")
        }
        text += s + ";\n"
      }
    }
    text += "}\n"
  }
  return text
}

func sketch(_ a: Operand.Address, _ f: Function) -> String {
  var s: String
  switch a.base {
  case .register(let r): s = f.name(of: r)
  case .symbol(let n): s = n
  case .absolute: s = "0"
  }
  if a.offset != 0 { s += "+\(a.offset)" }
  return s
}

func sketch(_ o: Operand, _ f: Function) -> String {
  func hex(_ v: some FixedWidthInteger, _ n: Int) -> String {
    let s = String(v, radix: 16, uppercase: true)
    return String(repeating: "0", count: n - s.count) + s
  }
  switch o {
  case .register(let r): return f.name(of: r)
  case .negated(let r): return "!" + f.name(of: r)
  case .special(let s): return "%" + s.rawValue
  case .integer(let v): return "\(v)"
  case .float32(let b): return "0f" + hex(b, 8)
  case .float64(let b): return "0d" + hex(b, 16)
  case .symbol(let n, let off): return off == 0 ? n : "\(n)+\(off)"
  case .memory(let a): return "[" + sketch(a, f) + "]"
  case .vector(let e): return "{" + e.map { sketch($0, f) }.joined(separator: ", ") + "}"
  case .pair(let a, let b): return sketch(a, f) + "|" + sketch(b, f)
  case .tensor(let a, let c):
    return "[" + sketch(a, f) + ", {" + c.map { sketch($0, f) }.joined(separator: ", ") + "}]"
  case .label(let l): return l
  case .list(let e): return "(" + e.map { sketch($0, f) }.joined(separator: ", ") + ")"
  case .sink: return "_"
  }
}
