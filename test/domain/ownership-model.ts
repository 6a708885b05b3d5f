/** All that may speak for the owner of a vault, and what it amounts to: the model that product and proof are held to. */

const whose = ['this', 'other', 'former', 'none'] as const;
type Whose = (typeof whose)[number];

/** For whom each trace speaks. A record goes with its device, so that of a former device there is none. */
export type Combination = { link: Whose; tags: Whose; lock: Whose; entry: Whose; key: Whose };

export const combinations: Combination[] = whose.flatMap((link) =>
  whose.flatMap((tags) =>
    whose.flatMap((lock) => whose.flatMap((entry) => whose.map((key) => ({ link, tags, lock, entry, key })))),
  ),
);

/** What the evidence amounts to. `lock`: the notes name the id of a device, so those of a former one are this one's. */
export const verdictOn = ({
  link,
  tags,
  lock,
  entry,
  key,
}: Combination): 'own' | 'other' | 'former' | 'link' | 'none' => {
  if (tags === 'other' || lock === 'other') return 'other';
  const linked = link === 'this';
  if (tags === 'this') return 'own';
  if (tags === 'former') return linked ? 'own' : 'former';
  // Notes and keys outlive a device: what another identity may have left there makes it a former one's.
  const isLeft = [entry, key].some((trace) => trace === 'former' || trace === 'other');
  const isOfId = lock === 'this' || lock === 'former';
  if (isOfId) return linked || !isLeft ? 'own' : 'former';
  if (entry === 'other' || key === 'other') return 'other';
  if (entry === 'this' && (linked || !isLeft)) return 'own';
  if (link === 'other') return 'other';
  if (linked && key !== 'none') return 'own';
  if (entry === 'this' || key === 'this') return isLeft ? 'former' : 'own';
  return linked ? 'link' : 'none';
};
