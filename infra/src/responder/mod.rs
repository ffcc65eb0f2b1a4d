//! Who writes a bot's answers: sentences picked out of its documents, or a model server that is given them. What both need to
//! know of languages stands in `terms` and `sentences`. When an answer is due, and who may see it, is decided elsewhere.

pub mod extractive;
pub mod model;
mod sentences;
mod terms;

use std::sync::Arc;

use domain::chat::Responder;

pub use extractive::Extractive;
pub use model::{AddressPolicy, Endpoint, Limits, ModelClients, ModelResponder, check_base_url};

/// Both of them.
#[derive(Clone)]
pub struct Responders {
    pub extractive: Extractive,
    pub model: Arc<ModelClients>,
}

impl Responders {
    /// With a model server it is asked; without one, the documents speak for themselves.
    pub fn choose(&self, endpoint: Option<Endpoint>) -> Box<dyn Responder> {
        match endpoint {
            Some(endpoint) => Box::new(ModelResponder::new(Arc::clone(&self.model), endpoint)),
            None => Box::new(self.extractive.clone()),
        }
    }
}
