//! Bytes and lists with a most they may hold. What is longer does not decode, and cannot be made.

use std::{fmt, marker::PhantomData, ops::Deref};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
    ser::SerializeSeq,
};

/// More than the type may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("longer than {limit}")]
pub struct TooLong {
    /// The most: bytes, or elements.
    pub limit: usize,
}

/// At most `N` bytes. They may be anything: whoever shows them treats them as hostile text.
/// `Debug` gives their number alone, so that a log of requests holds nothing of a user's.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct BoundedBytes<const N: usize>(Vec<u8>);

impl<const N: usize> BoundedBytes<N> {
    /// `bytes`, unless they are too many.
    ///
    /// # Errors
    /// They are more than `N`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TooLong> {
        let bytes = bytes.into();
        if bytes.len() > N { Err(TooLong { limit: N }) } else { Ok(Self(bytes)) }
    }

    /// The first `N` of `bytes`.
    pub fn cut(bytes: &[u8]) -> Self {
        Self(bytes.get(..N).unwrap_or(bytes).to_vec())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, given up.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<const N: usize> fmt::Debug for BoundedBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

impl<const N: usize> Serialize for BoundedBytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const N: usize> Deserialize<'de> for BoundedBytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes<const N: usize>;

        impl<const N: usize> Visitor<'_> for Bytes<N> {
            type Value = BoundedBytes<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {N} bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                BoundedBytes::new(bytes).map_err(E::custom)
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// At most `N` elements, each of which takes room: a list of units would be a few bytes that decode
/// to billions of elements, so such a type does not compile.
///
/// ```
/// let list = vigil_proto::rpc::BoundedVec::<u8, 4>::new(vec![]);
/// ```
///
/// ```compile_fail
/// let bomb = vigil_proto::rpc::BoundedVec::<(), 4>::new(vec![]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BoundedVec<T, const N: usize>(Vec<T>);

impl<T, const N: usize> BoundedVec<T, N> {
    /// Looked at wherever a list is made or read.
    const TAKES_ROOM: () = assert!(size_of::<T>() > 0, "a list of nothing has no bound");

    /// `items`, unless they are too many.
    ///
    /// # Errors
    /// They are more than `N`.
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        let () = Self::TAKES_ROOM;
        if items.len() > N { Err(TooLong { limit: N }) } else { Ok(Self(items)) }
    }

    /// Adds one, or gives it back when the list is full.
    ///
    /// # Errors
    /// `N` are there already.
    pub fn push(&mut self, item: T) -> Result<(), T> {
        if self.0.len() >= N {
            return Err(item);
        }
        self.0.push(item);
        Ok(())
    }

    /// The elements, given up.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const N: usize> Default for BoundedVec<T, N> {
    fn default() -> Self {
        let () = Self::TAKES_ROOM;
        Self(Vec::new())
    }
}

impl<T, const N: usize> Deref for BoundedVec<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> IntoIterator for BoundedVec<T, N> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a BoundedVec<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize, const N: usize> Serialize for BoundedVec<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for item in &self.0 {
            list.serialize_element(item)?;
        }
        list.end()
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for BoundedVec<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
            type Value = BoundedVec<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {N} elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                // The announced number is a stranger's word: nothing is set aside for it.
                let mut items = BoundedVec::default();
                while let Some(item) = list.next_element()? {
                    items.push(item).map_err(|_| A::Error::custom(TooLong { limit: N }))?;
                }
                Ok(items)
            }
        }

        let () = Self::TAKES_ROOM;
        deserializer.deserialize_seq(List(PhantomData))
    }
}
