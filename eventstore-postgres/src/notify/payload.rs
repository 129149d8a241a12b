use eventstore_core::EventNumber;

/// The content of a notification: a stream has grown, or has changed in another way.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Payload<'a> {
    pub(super) stream: &'a str,
    pub(super) stream_id: i64,
    /// The number of its last event; `None` if there is no new event.
    pub(super) last: Option<EventNumber>,
}

impl<'a> Payload<'a> {
    /// Parses `name,id,first,last`, where the name may contain commas; `None` if the text is something else.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.rsplitn(4, ',');
        let last: EventNumber = parts.next()?.parse().ok()?;
        let first: EventNumber = parts.next()?.parse().ok()?;
        let stream_id: i64 = parts.next()?.parse().ok()?;
        let stream = parts.next()?;
        let last = (first <= last).then_some(last);
        Some(Self {
            stream,
            stream_id,
            last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(&str, u64)> {
        let payload = Payload::parse(text)?;
        Some((payload.stream, payload.last?.get()))
    }

    /// Behaviours: R1.2, R9.3, T31.
    #[test]
    fn splits_from_the_right() {
        assert_eq!(parsed("example-stream,1,4,5"), Some(("example-stream", 5)));
        assert_eq!(parsed("$all,0,4,5"), Some(("$all", 5)));
        assert_eq!(parsed("a,b,7,1,1"), Some(("a,b", 1)));
        assert_eq!(parsed(",7,1,1"), Some(("", 1)));
        assert_eq!(parsed("🇪🇺🇪,7,1,3"), Some(("🇪🇺🇪", 3)));
    }

    /// Behaviours: R3.14, R4.8, R9.4.
    #[test]
    fn finds_no_number_in_empty_ranges() {
        for text in ["s,1,1,0", "s,1,6,5"] {
            let payload = Payload::parse(text).unwrap();
            assert_eq!((payload.stream, payload.last), ("s", None), "{text}");
        }
    }

    #[test]
    fn ignores_foreign_texts() {
        for text in ["s,1,1", "", "s,x,1,2", "s,1,1,-2"] {
            assert_eq!(Payload::parse(text), None, "{text}");
        }
    }
}
