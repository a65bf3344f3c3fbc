//! The little of Core Foundation that preferences are made of: strings, numbers, dictionaries. Each
//! object is owned by one value and released with it.

use std::{
    ffi::{c_char, c_void},
    ptr::{self, NonNull},
};

/// `CFIndex` (CFBase.h).
type Index = isize;
/// `CFTypeRef` and the pointers to opaque types that stand for one.
pub(super) type Ref = *const c_void;
type TypeId = usize;

/// `kCFStringEncodingUTF8` (CFString.h).
const UTF8: u32 = 0x0800_0100;
/// `kCFNumberSInt64Type` (CFNumber.h).
const SINT64: Index = 4;

/// The longest string that is read, in bytes.
const STRING_MAX: usize = 16 * 1024;

/// `CFDictionaryKeyCallBacks` and `CFDictionaryValueCallBacks` (CFDictionary.h): a version and some
/// functions. Nothing of them is used but where they are.
#[repr(C)]
struct KeyCallBacks {
    version: Index,
    functions: [Option<extern "C" fn()>; 5],
}
#[repr(C)]
struct ValueCallBacks {
    version: Index,
    functions: [Option<extern "C" fn()>; 4],
}

const _: () = {
    assert!(size_of::<Index>() == 8);
    assert!(size_of::<TypeId>() == 8);
    assert!(size_of::<KeyCallBacks>() == 48);
    assert!(size_of::<ValueCallBacks>() == 40);
};

// SAFETY: the signatures are those of CFBase.h, CFString.h, CFNumber.h, CFArray.h and CFDictionary.h.
#[expect(unsafe_code, reason = "C functions of the system's")]
#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    safe static kCFTypeDictionaryKeyCallBacks: KeyCallBacks;
    safe static kCFTypeDictionaryValueCallBacks: ValueCallBacks;

    fn CFRelease(object: Ref);
    fn CFRetain(object: Ref) -> Ref;
    fn CFGetTypeID(object: Ref) -> TypeId;
    safe fn CFStringGetTypeID() -> TypeId;
    safe fn CFNumberGetTypeID() -> TypeId;
    safe fn CFDictionaryGetTypeID() -> TypeId;
    safe fn CFArrayGetTypeID() -> TypeId;

    fn CFStringCreateWithBytes(
        allocator: Ref,
        bytes: *const u8,
        length: Index,
        encoding: u32,
        is_external: u8,
    ) -> Ref;
    fn CFStringGetCString(string: Ref, buffer: *mut c_char, size: Index, encoding: u32) -> u8;
    fn CFNumberCreate(allocator: Ref, kind: Index, value: *const c_void) -> Ref;
    fn CFNumberGetValue(number: Ref, kind: Index, value: *mut c_void) -> u8;
    fn CFArrayGetCount(array: Ref) -> Index;
    fn CFArrayGetValueAtIndex(array: Ref, index: Index) -> Ref;
    fn CFDictionaryCreateMutable(
        allocator: Ref,
        capacity: Index,
        keys: *const KeyCallBacks,
        values: *const ValueCallBacks,
    ) -> Ref;
    fn CFDictionaryCreateMutableCopy(allocator: Ref, capacity: Index, dictionary: Ref) -> Ref;
    fn CFDictionaryGetValue(dictionary: Ref, key: Ref) -> Ref;
    fn CFDictionarySetValue(dictionary: Ref, key: Ref, value: Ref);
    fn CFDictionaryRemoveValue(dictionary: Ref, key: Ref);
}

/// An object of ours.
#[derive(Debug)]
pub(super) struct Object(NonNull<c_void>);

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: it is an object that we own, once.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        unsafe {
            CFRelease(self.as_ref());
        }
    }
}

impl Object {
    /// What a function with "Create" or "Copy" in its name gave, which is the caller's to release; or
    /// nothing, which it gives when it fails.
    pub(super) fn own(object: Ref) -> Option<Self> {
        NonNull::new(object.cast_mut()).map(Self)
    }

    /// What a function with "Get" in its name gave, which is its giver's: we own it too from now on.
    pub(super) fn share(object: Ref) -> Option<Self> {
        let object = NonNull::new(object.cast_mut())?;
        // SAFETY: it is an object, and whoever gave it has not released it yet.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        unsafe {
            CFRetain(object.as_ptr());
        }
        Some(Self(object))
    }

    pub(super) const fn as_ref(&self) -> Ref {
        self.0.as_ptr().cast_const()
    }

    pub(super) fn string(text: &str) -> Option<Self> {
        let length = Index::try_from(text.len()).ok()?;
        // SAFETY: so many bytes are there, and are copied.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let string =
            unsafe { CFStringCreateWithBytes(ptr::null(), text.as_ptr(), length, UTF8, 0) };
        Self::own(string)
    }

    pub(super) fn number(value: i64) -> Option<Self> {
        // SAFETY: the value is of the kind that is named, and is copied.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let number =
            unsafe { CFNumberCreate(ptr::null(), SINT64, (&raw const value).cast::<c_void>()) };
        Self::own(number)
    }

    fn is(&self, kind: TypeId) -> bool {
        // SAFETY: it is an object.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let own = unsafe { CFGetTypeID(self.as_ref()) };
        own == kind
    }

    /// The text of a string.
    pub(super) fn to_text(&self) -> Option<String> {
        if !self.is(CFStringGetTypeID()) {
            return None;
        }
        let mut buffer = vec![0_u8; STRING_MAX];
        let size = Index::try_from(buffer.len()).ok()?;
        // SAFETY: it is a string, and the buffer has that size.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_written = unsafe {
            CFStringGetCString(self.as_ref(), buffer.as_mut_ptr().cast::<c_char>(), size, UTF8)
        };
        if is_written == 0 {
            return None;
        }
        let end = buffer.iter().position(|byte| *byte == 0)?;
        buffer.truncate(end);
        String::from_utf8(buffer).ok()
    }

    /// The value of a whole number.
    pub(super) fn to_number(&self) -> Option<i64> {
        if !self.is(CFNumberGetTypeID()) {
            return None;
        }
        let mut value = 0_i64;
        // SAFETY: it is a number, and the place is of the kind that is named.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let is_exact =
            unsafe { CFNumberGetValue(self.as_ref(), SINT64, (&raw mut value).cast::<c_void>()) };
        (is_exact != 0).then_some(value)
    }
}

/// A dictionary of objects.
#[derive(Debug)]
pub(super) struct Dictionary(Object);

impl Dictionary {
    /// The object as one, if it is one.
    pub(super) fn of(object: Object) -> Option<Self> {
        object.is(CFDictionaryGetTypeID()).then_some(Self(object))
    }

    pub(super) const fn as_ref(&self) -> Ref {
        self.0.as_ref()
    }

    pub(super) fn value(&self, key: &str) -> Option<Object> {
        let key = Object::string(key)?;
        // SAFETY: both are objects, of the kinds that are asked for.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let value = unsafe { CFDictionaryGetValue(self.as_ref(), key.as_ref()) };
        Object::share(value)
    }
}

/// Objects in a row.
#[derive(Debug)]
pub(super) struct Array(Object);

impl Array {
    /// The object as one, if it is one.
    pub(super) fn of(object: Object) -> Option<Self> {
        object.is(CFArrayGetTypeID()).then_some(Self(object))
    }

    pub(super) fn to_objects(&self) -> Vec<Object> {
        // SAFETY: it is an array.
        #[expect(unsafe_code, reason = "a C function of the system's")]
        let count = unsafe { CFArrayGetCount(self.0.as_ref()) };
        let at = |index: Index| {
            // SAFETY: it is an array, and has more values than that.
            #[expect(unsafe_code, reason = "a C function of the system's")]
            let value = unsafe { CFArrayGetValueAtIndex(self.0.as_ref(), index) };
            Object::share(value)
        };
        (0..count).filter_map(at).collect()
    }
}

/// A dictionary that can be changed.
#[derive(Debug)]
pub(super) struct Changed(Object);

impl Changed {
    /// A copy, or an empty one.
    pub(super) fn of(dictionary: Option<&Dictionary>) -> Option<Self> {
        let copy = match dictionary {
            // SAFETY: it is a dictionary; 0 sets no limit.
            #[expect(unsafe_code, reason = "a C function of the system's")]
            Some(dictionary) => unsafe {
                CFDictionaryCreateMutableCopy(ptr::null(), 0, dictionary.as_ref())
            },
            // SAFETY: these are the system's own functions for objects, which are there for ever.
            #[expect(unsafe_code, reason = "a C function of the system's")]
            None => unsafe {
                CFDictionaryCreateMutable(
                    ptr::null(),
                    0,
                    &raw const kCFTypeDictionaryKeyCallBacks,
                    &raw const kCFTypeDictionaryValueCallBacks,
                )
            },
        };
        Object::own(copy).map(Self)
    }

    pub(super) const fn as_ref(&self) -> Ref {
        self.0.as_ref()
    }

    /// Sets a value; none takes it away.
    pub(super) fn set(&mut self, key: &str, value: Option<&Object>) -> Option<()> {
        let key = Object::string(key)?;
        match value {
            // SAFETY: all are objects, which the dictionary retains.
            #[expect(unsafe_code, reason = "a C function of the system's")]
            Some(value) => unsafe {
                CFDictionarySetValue(self.as_ref(), key.as_ref(), value.as_ref());
            },
            // SAFETY: both are objects.
            #[expect(unsafe_code, reason = "a C function of the system's")]
            None => unsafe {
                CFDictionaryRemoveValue(self.as_ref(), key.as_ref());
            },
        }
        Some(())
    }
}
