"""The classic codecs: OpenCV's picture formats, Huffman and LZW, each frame a picture of its own."""
