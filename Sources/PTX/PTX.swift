// PTX
