//! Lists, a page at a time. A cursor names the last item that was sent, by what the list is sorted by, so that items that come or
//! go in between are neither sent twice nor left out.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::problem::{Kind, Problem};

/// Items of a page where nothing else is asked for.
pub const LIMIT_DEFAULT: usize = 100;
/// Most items of a page.
pub const LIMIT_MAX: usize = 1000;

/// What is asked for of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    list: &'static str,
    limit: usize,
    after: Option<String>,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Listed<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; null on the last one.
    pub next: Option<String>,
    /// Items of the whole list.
    pub total: usize,
}

/// `limit` and `cursor`, for the OpenAPI document.
pub struct PageParams;

impl IntoParams for PageParams {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(LIMIT_MAX));
        let text = ObjectBuilder::new().schema_type(Type::String);
        let parameter = |name: &str, description: &str, schema: ObjectBuilder| {
            let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
            parameter.description(Some(description)).schema(Some(schema.build())).build()
        };
        vec![
            parameter("limit", "Items of a page: 1 to 1000, 100 without it.", number),
            parameter("cursor", "`next` of the page before; the first page without it.", text),
        ]
    }
}

impl<T> Listed<T> {
    /// A list without an item.
    pub fn empty() -> Listed<T> {
        Listed { items: Vec::new(), next: None, total: 0 }
    }
}

impl Page {
    /// Reads `limit` and `cursor` of the list that goes by `list`.
    ///
    /// # Errors
    /// [`Problem`] for a number out of range and for what is no cursor of this list.
    pub fn read(list: &'static str, limit: Option<String>, cursor: Option<String>) -> Result<Page, Problem> {
        let limit = match limit {
            None => LIMIT_DEFAULT,
            Some(given) => {
                given.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(|| {
                    let detail = format!(
                        "`limit` is `{given}`; allowed: 1 to {LIMIT_MAX}; leave it out for {LIMIT_DEFAULT}"
                    );
                    Problem::new(Kind::BadValue, detail)
                })?
            }
        };
        let after = cursor.map(|given| read_cursor(list, &given)).transpose()?;
        Ok(Page { list, limit, after })
    }

    /// What the last item sent before is sorted by.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The same as a number.
    ///
    /// # Errors
    /// [`Problem`] where it is none.
    pub fn after_number(&self) -> Result<Option<u64>, Problem> {
        self.after().map(|after| after.parse().map_err(|_| no_cursor(self.list))).transpose()
    }

    /// A page of `sorted`, which is sorted by `key`: those after the cursor. `item` is made for those that are sent alone.
    pub fn of<K: Ord + ToString, S, T>(
        &self,
        sorted: &[S],
        after: Option<&K>,
        key: impl Fn(&S) -> K,
        item: impl Fn(&S) -> T,
    ) -> Listed<T> {
        let first = after.map_or(0, |after| sorted.partition_point(|one| key(one) <= *after));
        let page = &sorted[first..sorted.len().min(first + self.limit)];
        let more = first + page.len() < sorted.len();
        let next = page.last().filter(|_| more).map(|last| cursor(self.list, &key(last).to_string()));
        Listed { items: page.iter().map(item).collect(), next, total: sorted.len() }
    }
}

fn cursor(list: &str, key: &str) -> String {
    Base64UrlUnpadded::encode_string(format!("{list}:{key}").as_bytes())
}

fn read_cursor(list: &'static str, given: &str) -> Result<String, Problem> {
    let bytes = Base64UrlUnpadded::decode_vec(given).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let key = text.as_deref().and_then(|text| text.strip_prefix(list)?.strip_prefix(':'));
    key.map(str::to_owned).ok_or_else(|| no_cursor(list))
}

fn no_cursor(list: &str) -> Problem {
    let detail = format!(
        "`cursor` is none of the list of {list}; allowed: `next` of a page of it; leave it out to begin"
    );
    Problem::new(Kind::BadValue, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_together_are_the_list() {
        let all: Vec<u64> = (0..250).map(|n| 3 * n).collect();
        let (mut seen, mut next) = (Vec::new(), None);
        loop {
            let page = Page::read("numbers", None, next).unwrap();
            let after = page.after_number().unwrap();
            let listed = page.of(&all, after.as_ref(), |&n| n, |&n| n);
            assert_eq!(listed.total, 250);
            seen.extend(listed.items);
            match listed.next {
                Some(cursor) => next = Some(cursor),
                None => break,
            }
        }
        assert_eq!(seen, all);
        // What is gone meanwhile is skipped; what came after it is not.
        let page = Page::read("numbers", Some("2".into()), Some(cursor("numbers", "4"))).unwrap();
        assert_eq!(page.of(&all, Some(&4), |&n| n, |&n| n).items, [6, 9]);
    }

    #[test]
    fn limits_and_cursors_that_are_none_are_refused() {
        for limit in ["0", "1001", "-1", "x", ""] {
            let problem = Page::read("numbers", Some(limit.into()), None).unwrap_err();
            assert!(problem.detail.contains("1 to 1000"), "{limit}: {}", problem.detail);
        }
        for given in ["", "!", "bnVtYmVycw", &cursor("others", "1")] {
            assert_eq!(
                Page::read("numbers", None, Some(given.to_owned())).unwrap_err().kind,
                Kind::BadValue,
                "{given}"
            );
        }
        let page = Page::read("numbers", None, Some(cursor("numbers", "x"))).unwrap();
        assert!(page.after_number().is_err());
    }
}
