//! One body of any type.

use serde_json::Value;

use super::*;

macro_rules! bodies {
    ($($name:literal $variant:ident,)*) => {
        /// The body of a record, of whichever type.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, clippy::large_enum_variant)]
        pub enum Body {
            $($variant($variant),)*
        }

        /// The names of all types, as leaves carry them.
        pub const TYPE_NAMES: &[&str] = &[$($name,)*];

        impl Body {
            /// The name of its type, as leaves carry it.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Body::$variant(_) => $name,)*
                }
            }

            /// Reads the body of a type from JSON; `None` where there is no such type.
            pub(crate) fn read(type_name: &str, json: &str) -> Option<serde_json::Result<Body>> {
                match type_name {
                    $($name => Some(serde_json::from_str(json).map(Body::$variant)),)*
                    _ => None,
                }
            }

            /// The body as JSON.
            pub fn to_json(&self) -> Value {
                match self {
                    $(Body::$variant(body) => serde_json::to_value(body),)*
                }
                .expect("field names are texts")
            }
        }

        $(impl From<$variant> for Body {
            fn from(body: $variant) -> Body {
                Body::$variant(body)
            }
        })*
    };
}

bodies! {
    "territory" Territory,
    "zone" Zone,
    "policy" Policy,
    "request" Request,
    "preview" Preview,
    "approval" Approval,
    "cancel" Cancel,
    "decision" Decision,
    "contact" Contact,
    "attest" Attest,
    "observe" Observe,
    "enforce" Enforce,
    "keyevent" KeyEvent,
    "witnessed" Witnessed,
}

impl Body {
    /// The principal that the body itself names as its signer.
    pub fn signer(&self) -> Option<&str> {
        match self {
            Body::Request(request) => Some(&request.requester),
            Body::Approval(approval) => Some(&approval.approver),
            Body::Cancel(cancel) => Some(&cancel.canceller),
            Body::Attest(attest) => Some(&attest.by),
            Body::Observe(observe) => Some(&observe.by),
            Body::Enforce(enforce) => Some(&enforce.enforcer),
            _ => None,
        }
    }
}
