//! Legal and illegal frames by the sections of RFC 6455: why each is there, the stream (as `notation.rs` reads it), what it
//! gives. Most are masked with zeros, so that they can be read as they stand. One line each, so rustfmt keeps out.

/// Why it is there, the stream, what it gives.
pub type Case = (&'static str, &'static str, &'static [&'static str]);

pub const BASE_FRAMING: &[Case] = &[
    ("the masked text of section 5.7", "81 85 37FA213D 7F9F4D5158", &["text Hello"]),
    ("an empty text", "81 80 00000000", &["text"]),
    ("an empty binary message", "82 80 00000000", &["binary"]),
    ("two messages", "81 81 00000000 'a' 82 81 00000000 FF", &["text a", "binary FF"]),
    ("a first reserved bit", "C1 81 00000000 'a'", &["1002 reserved bits are set"]),
    ("a second reserved bit", "A1 81 00000000 'a'", &["1002 reserved bits are set"]),
    ("a third reserved bit", "91 81 00000000 'a'", &["1002 reserved bits are set"]),
    ("all reserved bits on a ping", "F9 80 00000000", &["1002 reserved bits are set"]),
    ("what came before a violation counts", "81 81 00000000 'a' F1 80", &["text a", "1002 reserved bits are set"]),
    ("what comes after it does not", "F1 80 00000000 81 81 00000000 'a'", &["1002 reserved bits are set"]),
    ("opcode 3", "83 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 4", "84 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 5", "85 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 6", "86 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 7", "87 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 11", "8B 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 12", "8C 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 13", "8D 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 14", "8E 80 00000000", &["1002 a reserved opcode"]),
    ("opcode 15", "8F 80 00000000", &["1002 a reserved opcode"]),
    ("a header without its second byte", "81", &["..."]),
    ("a header without its key", "81 81 000000", &["..."]),
    ("a frame without its last byte", "81 82 00000000 'a'", &["..."]),
];

pub const LENGTHS: &[Case] = &[
    ("125 bytes in the short form", "81 FD 00000000 125*'x'", &["text of 125"]),
    ("126 bytes in the form of 16 bits", "81 FE 007E 00000000 126*'x'", &["text of 126"]),
    ("65535 bytes in the form of 16 bits", "81 FE FFFF 00000000 65535*'x'", &["text of 65535"]),
    ("65536 bytes in the form of 64 bits", "82 FF 0000000000010000 00000000 65536*00", &["binary of 65536"]),
    ("125 bytes in 16 bits", "81 FE 007D 00000000", &["1002 the length is not in its shortest form"]),
    ("nothing in 16 bits", "81 FE 0000 00000000", &["1002 the length is not in its shortest form"]),
    ("65535 bytes in 64 bits", "81 FF 000000000000FFFF", &["1002 the length is not in its shortest form"]),
    ("nothing in 64 bits", "81 FF 0000000000000000", &["1002 the length is not in its shortest form"]),
    ("the highest bit of 64", "82 FF 8000000000000001", &["1002 the length has its highest bit set"]),
    ("the longest possible frame", "82 FF 7FFFFFFFFFFFFFFF", &["1009 the message is too big"]),
    ("exactly the limit", "82 FF 0000000000011170 00000000 70000*00", &["binary of 70000"]),
    ("one byte above the limit", "82 FF 0000000000011171", &["1009 the message is too big"]),
    ("the limit in two fragments", "01 FE FFFF 00000000 65535*'x' 80 FE 1171 00000000 4465*'x'", &["text of 70000"]),
    ("one byte above the limit in two fragments", "01 FE FFFF 00000000 65535*'x' 80 FE 1172", &["1009 the message is too big"]),
    ("a length that is not whole", "81 FE 00", &["..."]),
    ("a long length that is not whole", "81 FF 00000000000000", &["..."]),
];

pub const MASKING: &[Case] = &[
    ("an unmasked text", "81 05 'Hello'", &["1002 the frame is not masked"]),
    ("an unmasked empty ping", "89 00", &["1002 the frame is not masked"]),
    ("an unmasked close", "88 02 03E8", &["1002 the frame is not masked"]),
    ("an unmasked fragment behind a masked one", "01 81 00000000 'a' 80 01 'b'", &["1002 the frame is not masked"]),
    ("a mask that shows in the text", "81 83 FFFFFFFF 9E9D9C", &["text abc"]),
    ("each frame has its key", "01 81 01000000 60 80 81 FF000000 9D", &["text ab"]),
    ("the key begins anew in each fragment", "02 82 01020304 0102 80 82 01020304 0102", &["binary 00000000"]),
];

pub const FRAGMENTATION: &[Case] = &[
    ("two fragments, as in section 5.7", "01 83 00000000 'Hel' 80 82 00000000 'lo'", &["text Hello"]),
    ("empty fragments", "01 80 00000000 00 80 00000000 80 80 00000000", &["text"]),
    ("an empty first fragment", "02 80 00000000 80 81 00000000 07", &["binary 07"]),
    ("an empty last fragment", "02 81 00000000 07 80 80 00000000", &["binary 07"]),
    ("a ping between fragments", "01 83 00000000 'Hel' 89 81 00000000 'p' 80 82 00000000 'lo'", &["ping 70", "text Hello"]),
    ("pings and pongs between fragments", "01 81 00000000 'a' 89 80 00000000 00 81 00000000 'b' 8A 81 00000000 01 80 81 00000000 'c'", &["ping", "pong 01", "text abc"]),
    ("a close between fragments", "01 81 00000000 'a' 88 82 00000000 03E8", &["close 1000"]),
    ("nothing after the last fragment", "01 80 00000000 80 80 00000000 80 80 00000000", &["text", "1002 nothing to continue"]),
    ("a final continuation of nothing", "80 81 00000000 'a'", &["1002 nothing to continue"]),
    ("a continuation of nothing", "00 81 00000000 'a'", &["1002 nothing to continue"]),
    ("a continuation of a whole message", "81 80 00000000 80 80 00000000", &["text", "1002 nothing to continue"]),
    ("a text within a text", "01 81 00000000 'a' 81 81 00000000 'b'", &["1002 the message before is not finished"]),
    ("a binary message within a text", "01 81 00000000 'a' 02 81 00000000 'b'", &["1002 the message before is not finished"]),
    ("a text within a binary message", "02 81 00000000 'a' 01 81 00000000 'b'", &["1002 the message before is not finished"]),
    ("a message without its end", "01 81 00000000 'a' 00 81 00000000 'b'", &["..."]),
    ("a message without its end, after a ping", "01 81 00000000 'a' 89 80 00000000", &["ping", "..."]),
];

pub const CONTROL_FRAMES: &[Case] = &[
    ("a ping of 125 bytes", "89 FD 00000000 125*00", &["ping of 125"]),
    ("a ping of 126 bytes", "89 FE 007E 00000000", &["1002 the control frame is too long"]),
    ("a pong of 126 bytes", "8A FE 007E 00000000", &["1002 the control frame is too long"]),
    ("a close of 126 bytes", "88 FE 007E 00000000", &["1002 the control frame is too long"]),
    ("a short ping in a long form", "89 FE 0001 00000000 'a'", &["1002 the control frame is too long"]),
    ("a ping in the form of 64 bits", "89 FF 0000000000000001", &["1002 the control frame is too long"]),
    ("a fragmented ping", "09 80 00000000", &["1002 the control frame is fragmented"]),
    ("a fragmented pong", "0A 80 00000000", &["1002 the control frame is fragmented"]),
    ("a fragmented close", "08 82 00000000 03E8", &["1002 the control frame is fragmented"]),
    ("a pong that nobody asked for", "8A 82 00000000 'hi'", &["pong 6869"]),
    ("a ping that is not UTF-8", "89 82 00000000 FFFE", &["ping FFFE"]),
    ("pings in a row", "89 81 00000000 01 89 81 00000000 02", &["ping 01", "ping 02"]),
];

pub const CLOSE: &[Case] = &[
    ("an empty close", "88 80 00000000", &["close"]),
    ("half a code", "88 81 00000000 03", &["1002 half a close code"]),
    ("a code", "88 82 00000000 03E8", &["close 1000"]),
    ("a code and a reason", "88 85 00000000 03E8 'bye'", &["close 1000 bye"]),
    ("the longest reason", "88 FD 00000000 0FA0 123*'x'", &["close 4000 of 123"]),
    ("a reason beyond ASCII", "88 84 00000000 03E8 CEBA", &["close 1000 κ"]),
    ("a reason that is not UTF-8", "88 83 00000000 03E8 FF", &["1007 the text is not UTF-8"]),
    ("a reason that ends within a character", "88 83 00000000 03E8 CE", &["1007 the text is not UTF-8"]),
    ("nothing is read behind it", "88 80 00000000 81 81 00000000 'a'", &["close"]),
    ("not even a violation", "88 80 00000000 FF FF", &["close"]),
    ("not even a second one", "88 82 00000000 03E8 88 82 00000000 03E9", &["close 1000"]),
];

pub const UTF8: &[Case] = &[
    ("one, two, three and four bytes", "81 8A 00000000 24 C2A2 E282AC F0908D88", &["text $¢€𐍈"]),
    ("a character over two fragments", "01 82 00000000 E282 80 81 00000000 AC", &["text €"]),
    ("a character over four fragments", "01 81 00000000 F0 00 81 00000000 90 00 81 00000000 8D 80 81 00000000 88", &["text 𐍈"]),
    ("a character with a ping in it", "01 81 00000000 C2 89 80 00000000 80 81 00000000 A2", &["ping", "text ¢"]),
    ("the last code point", "81 84 00000000 F48FBFBF", &["text \u{10FFFF}"]),
    ("a noncharacter, which is legal", "81 83 00000000 EFBFBE", &["text \u{FFFE}"]),
    ("a zero, which is legal", "81 81 00000000 00", &["text \0"]),
    ("a byte that never occurs", "81 82 00000000 'a' FF", &["1007 the text is not UTF-8"]),
    ("a continuation byte alone", "81 81 00000000 80", &["1007 the text is not UTF-8"]),
    ("an overlong slash", "81 82 00000000 C0AF", &["1007 the text is not UTF-8"]),
    ("an overlong slash in three bytes", "81 83 00000000 E080AF", &["1007 the text is not UTF-8"]),
    ("a surrogate", "81 83 00000000 EDA080", &["1007 the text is not UTF-8"]),
    ("above the last code point", "81 84 00000000 F4908080", &["1007 the text is not UTF-8"]),
    ("the end within a character", "81 82 00000000 E282", &["1007 the text is not UTF-8"]),
    ("the end within a character in the last fragment", "01 80 00000000 80 82 00000000 E282", &["1007 the text is not UTF-8"]),
    ("a character that the next fragment does not finish", "01 81 00000000 C2 80 81 00000000 'a'", &["1007 the text is not UTF-8"]),
    ("told before the message ends", "01 82 00000000 'a' FF", &["1007 the text is not UTF-8"]),
    ("told before the frame ends", "81 FE 0100 00000000 'a' FF", &["1007 the text is not UTF-8"]),
    ("told within a character that can no longer be one", "81 84 00000000 F490", &["1007 the text is not UTF-8"]),
    ("not asked of binary messages", "82 82 00000000 FFFF", &["binary FFFF"]),
    ("not asked of binary fragments", "02 81 00000000 FF 80 81 00000000 FF", &["binary FFFF"]),
];
