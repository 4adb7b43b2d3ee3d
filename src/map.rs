//! Ordered maps and sets kept in one sorted vector: little code for each type of key, and quick at the sizes of a cluster.
//!
//! `BTreeMap` brings about three kilobytes of WebAssembly with every pair of types, and a sort with every `collect`; a first visit loads all of it.
//! A lookup is a binary search; an insert or a removal moves what lies behind it, so what grows without bound and loses its front belongs elsewhere.

use std::borrow::Borrow;
use std::fmt;
use std::ops::{Bound, Index, RangeBounds};

/// An ordered map. Its methods mean what those of `std::collections::BTreeMap` mean.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// How many places behind the last are looked at, where keys are asked for in order, before a search.
const NEAR: usize = 8;

/// Keys in a row, in order.
trait Keys<Q: ?Sized> {
    fn key(&self, at: usize) -> &Q;
}

impl<K: Borrow<Q>, V, Q: ?Sized> Keys<Q> for Vec<(K, V)> {
    fn key(&self, at: usize) -> &Q {
        self[at].0.borrow()
    }
}

/// The place of a key among the first `len`; where there is none, `!` of the place it would go to, which lies beyond every place there is.
/// It knows nothing of values, so its code exists once for a type of key.
#[inline]
fn find<Q: Ord + ?Sized>(keys: &dyn Keys<Q>, len: usize, key: &Q) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = (low + high) / 2;
        let order = keys.key(middle).cmp(key);
        if order.is_lt() {
            low = middle + 1;
        } else if order.is_gt() {
            high = middle;
        } else {
            return middle;
        }
    }
    !low
}

/// The place of a key: what stands there, or where it would go.
pub struct Entry<'a, K, V> {
    entries: &'a mut Vec<(K, V)>,
    key: K,
    at: usize,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// The value there, made first when there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let mut at = self.at;
        if at >= self.entries.len() {
            at = !at;
            self.entries.insert(at, (self.key, make()));
        }
        &mut self.entries[at].1
    }

    /// The value there, or this one put there.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value there, or an empty one put there.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Map<K, V> {
        Map { entries: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.entries.iter())
    }

    /// The entries in the order of their keys, the values to change.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut(self.entries.iter_mut())
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values in the order of their keys, to change.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The keys in order, taken out.
    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> {
        self.entries.into_iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys, taken out.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    /// The entry with the smallest key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.entries.first().map(|(key, value)| (key, value))
    }

    /// The entry with the greatest key.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.entries.last().map(|(key, value)| (key, value))
    }

    /// Keeps what the question says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }
}

impl<K: Ord, V> Map<K, V> {
    #[inline(always)]
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        find(&self.entries, self.entries.len(), key)
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(self.find(key)).map(|(_, value)| value)
    }

    /// A key as it stands here, with its value.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        self.entries.get(self.find(key)).map(|(key, value)| (key, value))
    }

    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key);
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    fn find_near(&self, near: usize, key: &K) -> Option<usize> {
        let behind = self.entries.get(near..)?.iter().take(NEAR).position(|(other, _)| other == key);
        behind.map(|behind| near + behind).or_else(|| Some(self.find(key)).filter(|at| *at < self.len()))
    }

    /// The value of a key, which is looked for first from `near` on; `near` is then behind it. Who goes through many keys in order finds each
    /// soon behind the last.
    pub fn get_near(&self, near: &mut usize, key: &K) -> Option<&V> {
        let at = self.find_near(*near, key)?;
        *near = at + 1;
        Some(&self.entries[at].1)
    }

    /// The same, to change.
    pub fn get_near_mut(&mut self, near: &mut usize, key: &K) -> Option<&mut V> {
        let at = self.find_near(*near, key)?;
        *near = at + 1;
        Some(&mut self.entries[at].1)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key) < self.len()
    }

    /// Puts a value in; the one that stood there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.find(&key);
        if let Some((_, there)) = self.entries.get_mut(at) {
            return Some(std::mem::replace(there, value));
        }
        self.entries.insert(!at, (key, value));
        None
    }

    /// Takes a key out; its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key);
        (at < self.len()).then(|| self.entries.remove(at).1)
    }

    /// The place of a key.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let at = self.find(&key);
        Entry { entries: &mut self.entries, key, at }
    }

    /// The place before or after a key, which need not be there.
    fn edge<Q: Ord + ?Sized>(&self, key: &Q, after: bool) -> usize
    where
        K: Borrow<Q>,
    {
        let at = self.find(key);
        if at < self.len() { at + usize::from(after) } else { !at }
    }

    /// The entries whose keys lie in a range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let edge = |bound: Bound<&Q>, none: usize, after: bool| match bound {
            Bound::Unbounded => none,
            Bound::Included(key) => self.edge(key, after),
            Bound::Excluded(key) => self.edge(key, !after),
        };
        let from = edge(range.start_bound(), 0, false);
        let to = edge(range.end_bound(), self.entries.len(), true);
        Iter(self.entries.get(from..to).unwrap_or_default().iter())
    }
}

/// What `Map::iter` gives.
pub struct Iter<'a, K, V>(std::slice::Iter<'a, (K, V)>);

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

/// What `Map::iter_mut` gives.
pub struct IterMut<'a, K, V>(std::slice::IterMut<'a, (K, V)>);

impl<'a, K, V> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (&*key, value))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for IterMut<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (&*key, value))
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut Map<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map<K, V> {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Map<K, V> {
        entries.into_iter().collect()
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for Map<K, V> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

/// An ordered set. Its methods mean what those of `std::collections::BTreeSet` mean.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set<T> {
    map: Map<T, ()>,
}

impl<T> Default for Set<T> {
    fn default() -> Set<T> {
        Set::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T> Set<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Set<T> {
        Set { map: Map::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// All in order.
    pub fn iter(&self) -> Items<'_, T> {
        Items(self.map.entries.iter())
    }

    /// The smallest.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.map.first_key_value().map(|(item, ())| item)
    }

    /// The greatest.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.map.last_key_value().map(|(item, ())| item)
    }

    /// Takes the smallest out.
    pub fn pop_first(&mut self) -> Option<T> {
        if self.is_empty() { None } else { Some(self.map.entries.remove(0).0) }
    }

    /// Keeps what the question says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|item, ()| keep(item));
    }
}

impl<T: Ord> Set<T> {
    /// Whether it is there.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.contains_key(item)
    }

    /// Puts one in; whether it was not there.
    pub fn insert(&mut self, item: T) -> bool {
        self.map.insert(item, ()).is_none()
    }

    /// Takes one out; whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.remove(item).is_some()
    }

    /// Those in a range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Items<'_, T>
    where
        T: Borrow<Q>,
    {
        Items(self.map.range(range).0)
    }

    /// Whether the two share nothing.
    #[must_use]
    pub fn is_disjoint(&self, other: &Set<T>) -> bool {
        !self.iter().any(|item| other.contains(item))
    }
}

/// What `Set::iter` gives.
pub struct Items<'a, T>(std::slice::Iter<'a, (T, ())>);

impl<T> Clone for Items<'_, T> {
    fn clone(&self) -> Self {
        Items(self.0.clone())
    }
}

impl<'a, T> Iterator for Items<'a, T> {
    type Item = &'a T;
    fn next(&mut self) -> Option<&'a T> {
        self.0.next().map(|(item, ())| item)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for Items<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(item, ())| item)
    }
}

impl<T> ExactSizeIterator for Items<'_, T> {}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = Items<'a, T>;
    fn into_iter(self) -> Items<'a, T> {
        self.iter()
    }
}

/// What `Set::into_iter` gives.
pub struct IntoItems<T>(std::vec::IntoIter<(T, ())>);

impl<T> Iterator for IntoItems<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.0.next().map(|(item, ())| item)
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = IntoItems<T>;
    fn into_iter(self) -> IntoItems<T> {
        IntoItems(self.map.entries.into_iter())
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Set<T> {
        let mut set = Set::new();
        set.extend(items);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(items: [T; N]) -> Set<T> {
        items.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    //! Everything ordered stands on these two; they are held to the standard library's, whose meaning they claim.

    use super::{Map, Set};
    use std::collections::{BTreeMap, BTreeSet};

    /// A small stream of numbers, the same at each run.
    fn numbers() -> impl Iterator<Item = u32> {
        let mut state = 1u32;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 20
        })
    }

    #[test]
    fn a_map_answers_as_the_standard_one() {
        let (mut ours, mut theirs) = (Map::new(), BTreeMap::new());
        for (step, n) in numbers().take(4000).enumerate() {
            let key = n % 97;
            match n % 5 {
                0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                1 => *ours.entry(key).or_default() += *theirs.entry(key).and_modify(|v| *v += 1).or_insert(1),
                2 => assert_eq!(ours.get(&key), theirs.get(&key)),
                _ => assert_eq!(ours.insert(key, step), theirs.insert(key, step)),
            }
            if n % 5 == 1 {
                let value = theirs[&key];
                ours.insert(key, value);
            }
            assert!(ours.iter().eq(theirs.iter()));
            assert!(ours.range(10..=key.max(10)).eq(theirs.range(10..=key.max(10))));
            assert!(ours.range(key..).rev().eq(theirs.range(key..).rev()));
            assert_eq!(ours.last_key_value(), theirs.last_key_value());
        }
        ours.retain(|key, _| key % 2 == 0);
        theirs.retain(|key, _| key % 2 == 0);
        assert!(ours.into_iter().eq(theirs));
    }

    #[test]
    fn a_set_answers_as_the_standard_one() {
        let (mut ours, mut theirs) = (Set::new(), BTreeSet::new());
        for n in numbers().take(4000) {
            let item = n % 61;
            match n % 3 {
                0 => assert_eq!(ours.remove(&item), theirs.remove(&item)),
                1 => assert_eq!(ours.contains(&item), theirs.contains(&item)),
                _ => assert_eq!(ours.insert(item), theirs.insert(item)),
            }
            if n % 31 == 0 {
                assert_eq!(ours.pop_first(), theirs.pop_first());
            }
            assert!(ours.iter().eq(theirs.iter()));
        }
    }

    #[test]
    fn the_last_of_equal_keys_stays() {
        let map: Map<u8, &str> = [(2, "a"), (1, "b"), (2, "c")].into();
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &"b"), (&2, &"c")]);
    }
}
