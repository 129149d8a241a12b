use std::fs::File;
use std::io::{self, Read};

/// 128 random bits in hexadecimal.
pub(super) fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::secret;

    #[test]
    fn no_two_are_alike() {
        let (one, another) = (secret().unwrap(), secret().unwrap());
        assert_eq!((one.len(), another.len()), (32, 32));
        assert_ne!(one, another);
    }
}
