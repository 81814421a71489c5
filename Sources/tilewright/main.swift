// tool
