// TilewrightCommands
