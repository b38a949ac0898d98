//! The territory table: countries, regions, disputed areas, coastal waters, high seas, and who is whose parent.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use skyshed_ground::{Territory, TerritoryIndex, TerritoryKind};

use super::assign::Leaf;
use super::geonames::Country;
use super::rules::Rules;

/// The id of every cell that is no one's.
pub const HIGH_SEAS: &str = "XZ";
/// The worldview in which no disputed area has a parent.
pub const DE_FACTO: &str = "de-facto";

/// A territory before it has an index.
struct Draft {
    name: String,
    kind: TerritoryKind,
    parent: Option<String>,
    iso_a3: Option<String>,
    claims: Vec<String>,
}

/// The table, parents before children, each level sorted by id. `coastal` lists the countries and areas with coastal cells.
pub fn table(
    leaves: &[Leaf],
    coastal: &[String],
    rules: &Rules,
    countries: &BTreeMap<String, Country>,
    worldview: &str,
) -> Result<Vec<Territory>> {
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    let draft = |name: &str, kind, parent: Option<&str>| Draft {
        name: name.to_owned(),
        kind,
        parent: parent.map(str::to_owned),
        iso_a3: None,
        claims: Vec::new(),
    };
    drafts.insert(HIGH_SEAS.to_owned(), draft("High seas", TerritoryKind::HighSeas, None));
    for area in &rules.area {
        let mut disputed = draft(&area.name, TerritoryKind::Disputed, None);
        disputed.iso_a3.clone_from(&area.iso_a3);
        disputed.claims.clone_from(&area.claims);
        drafts.insert(area.id.clone(), disputed);
    }
    for (leaf, country) in leaves.iter().filter_map(|leaf| Some((leaf, leaf.country.as_ref()?))) {
        let known = countries.get(country).with_context(|| format!("GeoNames has no country {country}"))?;
        let entry =
            drafts.entry(country.clone()).or_insert_with(|| draft(&known.name, TerritoryKind::Country, None));
        entry.iso_a3 = Some(known.iso_a3.clone());
        if leaf.id != *country {
            drafts
                .entry(leaf.id.clone())
                .or_insert_with(|| draft(&leaf.name, TerritoryKind::Region, Some(country)));
        }
    }
    for claim in &rules.claim {
        let claimed = drafts.get_mut(&claim.territory);
        claimed.with_context(|| format!("no territory {}", claim.territory))?.claims.clone_from(&claim.by);
    }
    for top in coastal {
        let name = format!("Coastal waters of {}", drafts[top].name);
        drafts.insert(coastal_id(top), draft(&name, TerritoryKind::Coastal, Some(top)));
    }
    check_claims(&drafts)?;
    see_as(worldview, &mut drafts)?;
    order(drafts)
}

pub fn coastal_id(top: &str) -> String {
    format!("{top}.sea")
}

fn check_claims(drafts: &BTreeMap<String, Draft>) -> Result<()> {
    for (id, draft) in drafts {
        for claim in &draft.claims {
            ensure!(drafts.contains_key(claim), "{id} is claimed by {claim}, which is no territory");
        }
    }
    Ok(())
}

/// In a country's own worldview, what it claims lies under it. Every disputed area stays a territory of its own, cells and
/// hash unchanged; only the parent differs.
fn see_as(worldview: &str, drafts: &mut BTreeMap<String, Draft>) -> Result<()> {
    if worldview == DE_FACTO {
        return Ok(());
    }
    if !drafts.get(worldview).is_some_and(|viewer| viewer.kind == TerritoryKind::Country) {
        bail!(
            "worldview {worldview}; allowed: {DE_FACTO}, or a country's ISO 3166-1 alpha-2 code such as UA"
        );
    }
    for (id, draft) in drafts.iter_mut().filter(|(_, draft)| draft.claims.iter().any(|by| by == worldview)) {
        ensure!(id != worldview, "{worldview} claims itself");
        draft.parent = Some(worldview.to_owned());
    }
    Ok(())
}

fn order(drafts: BTreeMap<String, Draft>) -> Result<Vec<Territory>> {
    let depth = |id: &str| {
        std::iter::successors(drafts.get(id), |draft| drafts.get(draft.parent.as_ref()?)).take(9).count()
    };
    let mut ids: Vec<&String> = drafts.keys().collect();
    ids.sort_by_key(|id| (depth(id), *id));
    let index = |id: &String| ids.iter().position(|known| *known == id).map(|i| TerritoryIndex(i as u16));
    let territory = |id: &&String| {
        let draft = &drafts[*id];
        ensure!(depth(id) < 9, "{id} lies in a circle of parents");
        Ok(Territory {
            id: id.to_string(),
            name: draft.name.clone(),
            kind: draft.kind,
            parent: draft.parent.as_ref().and_then(index),
            iso_a3: draft.iso_a3.clone(),
            claims: draft.claims.clone(),
            cell_count: 0,
            cells_sha256: [0; 32],
            people: 0,
        })
    };
    ids.iter().map(territory).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_as(worldview: &str) -> Result<Vec<(String, Option<String>)>> {
        let rules = Rules::read(
            r#"
            unrecognised = []
            claim = []
            feature = []
            people = []
            [[area]]
            id = "X-CRIMEA"
            name = "Crimea"
            claims = ["UA", "RU"]
            source = "test"
            "#,
        )?;
        let country = |name: &str| Country::named(name, "XXX");
        let countries =
            BTreeMap::from([("RU".to_owned(), country("Russia")), ("UA".to_owned(), country("Ukraine"))]);
        let leaf = |id: &str, of: &str| Leaf {
            id: id.to_owned(),
            name: id.to_owned(),
            country: Some(of.to_owned()),
        };
        let leaves = [leaf("UA-30", "UA"), leaf("RU", "RU")];
        let table = table(&leaves, &["X-CRIMEA".to_owned()], &rules, &countries, worldview)?;
        let parent =
            |territory: &Territory| territory.parent.map(|parent| table[parent.0 as usize].id.clone());
        Ok(table.iter().map(|territory| (territory.id.clone(), parent(territory))).collect())
    }

    #[test]
    fn a_worldview_moves_parents_and_nothing_else() -> Result<()> {
        let [de_facto, ukraine, russia] = [DE_FACTO, "UA", "RU"].map(seen_as);
        let (de_facto, ukraine, russia) = (de_facto?, ukraine?, russia?);
        let crimea =
            |table: &[(String, Option<String>)]| table.iter().find(|(id, _)| id == "X-CRIMEA").cloned();
        assert_eq!(crimea(&de_facto), Some(("X-CRIMEA".into(), None)));
        assert_eq!(crimea(&ukraine), Some(("X-CRIMEA".into(), Some("UA".into()))));
        assert_eq!(crimea(&russia), Some(("X-CRIMEA".into(), Some("RU".into()))));
        let ids = |table: &[(String, Option<String>)]| {
            table.iter().map(|(id, _)| id.clone()).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(ids(&de_facto) == ids(&ukraine) && ids(&ukraine) == ids(&russia));
        assert!(ids(&de_facto).contains("X-CRIMEA.sea"));
        for table in [&de_facto, &ukraine] {
            for (position, (_, parent)) in table.iter().enumerate() {
                let before = |parent: &String| table[..position].iter().any(|(id, _)| id == parent);
                assert!(parent.as_ref().is_none_or(before));
            }
        }
        Ok(())
    }

    #[test]
    fn an_unknown_worldview_is_refused() {
        let error = seen_as("Mars").unwrap_err().to_string();
        assert!(error.contains("worldview Mars; allowed: de-facto"), "{error}");
    }
}
