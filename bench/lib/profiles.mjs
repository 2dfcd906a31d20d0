/**
 * The accounts every contestant holds: account number i and its ten fields, the same everywhere.
 * Every value has the same length in bytes for every account, so that every right answer to a
 * request has one length, and a load generator that only counts bytes notices a wrong one.
 */

/** The fields, in the order in which they are listed everywhere. */
export const kTags = ["Nick", "Gender", "BirthDay", "Location", "SelfSignature", "AllowType",
  "Language", "Image", "Level", "Role"].map((name) => `Tag_Profile_IM_${name}`);

/** The six that are read. */
export const kReadTags = ["Nick", "Gender", "AllowType", "Image", "SelfSignature", "Level"]
  .map((name) => `Tag_Profile_IM_${name}`);

/** The one that is set, and what it may be set to: 16 characters. */
export const kSetTag = "Tag_Profile_IM_Location";

export const kIdDigits = 8;

/** The account's id: `u00000042`. */
export function accountId(i) {
  return `u${String(i).padStart(kIdDigits, "0")}`;
}

/** The account's values by tag. */
export function profileOf(i) {
  const digits = String(i).padStart(kIdDigits, "0");
  return {
    Tag_Profile_IM_Nick: `昵称 Nick ${digits}`,
    Tag_Profile_IM_Gender: "Gender_Type_Female",
    Tag_Profile_IM_BirthDay: 19900101 + (i % 28),
    Tag_Profile_IM_Location: `loc-${digits}-abc`,
    Tag_Profile_IM_SelfSignature: `心之所向，素履以往 — the heart leads, ${digits}`,
    Tag_Profile_IM_AllowType: "AllowType_Type_NeedConfirm",
    Tag_Profile_IM_Language: 1 + (i % 9),
    Tag_Profile_IM_Image: `https://images.example.org/faces/${digits}/large.jpg`,
    Tag_Profile_IM_Level: 10 + (i % 90),
    Tag_Profile_IM_Role: 1 + (i % 9),
  };
}

/** `[{Tag, Value}…]` of the account, as the protocol lists them. */
export function profileItems(i, tags) {
  const profile = profileOf(i);
  return tags.map((Tag) => ({ Tag, Value: profile[Tag] }));
}

/** Throws unless a portrait_get answer holds exactly these accounts' `kReadTags`. */
export function checkProfiles(answer, numbers) {
  const wanted = numbers.map((i) => ({ To_Account: accountId(i),
    ProfileItem: profileItems(i, kReadTags), ResultCode: 0, ResultInfo: "" }));
  if (JSON.stringify(answer.UserProfileItem) !== JSON.stringify(wanted)) {
    throw new Error(`not the profiles asked for: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}
