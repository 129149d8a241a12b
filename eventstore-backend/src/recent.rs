/// The most recent texts, so that equal texts share their memory.
#[derive(Debug)]
pub struct Recent<T> {
    texts: Vec<T>,
    /// The index of the oldest text, once there are as many as allowed.
    oldest: usize,
}

/// So few that searching them costs less than allocating another one.
const CAPACITY: usize = 8;

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            oldest: 0,
        }
    }
}

impl<T: AsRef<str> + Clone> Recent<T> {
    /// Returns the text that was made of an equal text shortly before, or makes and keeps a new one.
    pub fn find_or_insert<'t>(&mut self, text: &'t str, new: impl FnOnce(&'t str) -> T) -> T {
        if let Some(found) = self.texts.iter().find(|known| known.as_ref() == text) {
            return found.clone();
        }
        let made = new(text);
        self.insert(made.clone());
        made
    }

    fn insert(&mut self, text: T) {
        if self.texts.len() < CAPACITY {
            self.texts.push(text);
        } else {
            self.texts[self.oldest] = text;
            self.oldest = (self.oldest + 1) % CAPACITY;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn find(recent: &mut Recent<Arc<str>>, text: &str) -> Arc<str> {
        recent.find_or_insert(text, Arc::from)
    }

    #[test]
    fn texts_that_are_alike_share_their_memory() {
        let mut recent = Recent::default();
        let (first, other, again) = (find(&mut recent, "a"), find(&mut recent, "b"), find(&mut recent, "a"));
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!((&*first, &*other), ("a", "b"));
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let mut recent = Recent::default();
        let first = find(&mut recent, "0");
        for number in 1..=CAPACITY {
            find(&mut recent, &number.to_string());
        }
        assert_eq!(recent.texts.len(), CAPACITY);
        assert!(!Arc::ptr_eq(&first, &find(&mut recent, "0")));
    }
}
