// TileLayout
