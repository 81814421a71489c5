// NumberFormats
