use std::fmt::Write;

/// Bytes as hexadecimal digits, with this between two of them.
pub(crate) fn hexadecimal(bytes: &[u8], between: &str) -> String {
    let mut text = String::with_capacity(bytes.len() * (2 + between.len()));
    for (index, byte) in bytes.iter().enumerate() {
        let between = if index == 0 { "" } else { between };
        // Writing to a string cannot fail.
        let _ = write!(text, "{between}{byte:02x}");
    }
    text
}
