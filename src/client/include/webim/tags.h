// The names and enum values of the standard profile fields (docs/protocol/fields.md §2).
//
// Custom fields are named "Tag_Profile_Custom_" + keyword and are set up on the server (§3).
// Text and enum fields are strings of at most 500 bytes of UTF-8, the others unsigned 32-bit
// numbers. Nothing is checked here: the server decides, and answers with a code of
// docs/protocol/errors.md §1.
#pragma once

namespace webim {

inline constexpr char kTagNick[] = "Tag_Profile_IM_Nick";
inline constexpr char kTagGender[] = "Tag_Profile_IM_Gender";
inline constexpr char kTagBirthDay[] = "Tag_Profile_IM_BirthDay";  // number, usually yyyymmdd
inline constexpr char kTagLocation[] = "Tag_Profile_IM_Location";
inline constexpr char kTagSelfSignature[] = "Tag_Profile_IM_SelfSignature";
inline constexpr char kTagAllowType[] = "Tag_Profile_IM_AllowType";
inline constexpr char kTagLanguage[] = "Tag_Profile_IM_Language";  // number
inline constexpr char kTagImage[] = "Tag_Profile_IM_Image";
inline constexpr char kTagMsgSettings[] = "Tag_Profile_IM_MsgSettings";  // number, flags
inline constexpr char kTagAdminForbidType[] = "Tag_Profile_IM_AdminForbidType";
inline constexpr char kTagLevel[] = "Tag_Profile_IM_Level";  // number
inline constexpr char kTagRole[] = "Tag_Profile_IM_Role";    // number

inline constexpr char kGenderUnknown[] = "Gender_Type_Unknown";
inline constexpr char kGenderFemale[] = "Gender_Type_Female";
inline constexpr char kGenderMale[] = "Gender_Type_Male";

inline constexpr char kAllowTypeNeedConfirm[] = "AllowType_Type_NeedConfirm";
inline constexpr char kAllowTypeAllowAny[] = "AllowType_Type_AllowAny";
inline constexpr char kAllowTypeDenyAny[] = "AllowType_Type_DenyAny";

inline constexpr char kAdminForbidTypeNone[] = "AdminForbid_Type_None";
inline constexpr char kAdminForbidTypeSendOut[] = "AdminForbid_Type_SendOut";

}  // namespace webim
