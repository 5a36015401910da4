; Inno Setup 6 recipe around the bundle in dist\likeness. Installs for one person, without asking for
; an administrator.
;   iscc /DVersion=0.1.0 packaging\windows\likeness.iss
; To sign, add /Ssign="signtool sign /fd sha256 /tr TIMESTAMP_URL /td sha256 $f" /DSign

#ifndef Version
  #error Give the version: /DVersion=0.1.0
#endif

[Setup]
AppId={{3E0C1C52-4B1C-4E0B-9D2F-5A6B7F2F8B11}
AppName=Likeness
AppVersion={#Version}
AppPublisher=The Likeness authors
DefaultDirName={autopf}\Likeness
DefaultGroupName=Likeness
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
DisableProgramGroupPage=yes
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=likeness-{#Version}-windows-x86_64
SetupIconFile=..\..\build\package\likeness.ico
UninstallDisplayIcon={app}\likeness-window.exe
Compression=lzma2
SolidCompression=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
CloseApplications=yes
WizardStyle=modern
#ifdef Sign
SignTool=sign
#endif

[Tasks]
Name: desktopicon; Description: "Put an icon on the desktop"; Flags: unchecked

[Files]
Source: "..\..\dist\likeness\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; What an older version brought and this one does not must not stay beside it.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{autoprograms}\Likeness"; Filename: "{app}\likeness-window.exe"
Name: "{autodesktop}\Likeness"; Filename: "{app}\likeness-window.exe"; Tasks: desktopicon

[Registry]
; "Open with Likeness" for folders, and among the programs for photos. HKA is the person's own part
; of the registry, or everybody's after an installation as administrator.
Root: HKA; Subkey: "Software\Classes\Directory\shell\Likeness"; ValueType: string; ValueData: "Open with Likeness"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Directory\shell\Likeness"; ValueType: string; ValueName: "Icon"; ValueData: "{app}\likeness-window.exe"
Root: HKA; Subkey: "Software\Classes\Directory\shell\Likeness\command"; ValueType: string; ValueData: """{app}\likeness-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Likeness.Photo"; ValueType: string; ValueData: "Photo"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Likeness.Photo\shell\open"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Likeness"
Root: HKA; Subkey: "Software\Classes\Likeness.Photo\shell\open\command"; ValueType: string; ValueData: """{app}\likeness-window.exe"" ""%1"""
#define Offer(Suffix) 'Root: HKA; Subkey: "Software\Classes\' + Suffix + '\OpenWithProgids"; ValueType: string; ValueName: "Likeness.Photo"; ValueData: ""; Flags: uninsdeletevalue'
#emit Offer(".jpg")
#emit Offer(".jpeg")
#emit Offer(".jpe")
#emit Offer(".jfif")
#emit Offer(".mpo")
#emit Offer(".png")
#emit Offer(".apng")
#emit Offer(".webp")
#emit Offer(".gif")
#emit Offer(".tif")
#emit Offer(".tiff")
#emit Offer(".bmp")
#emit Offer(".dib")
#emit Offer(".heic")
#emit Offer(".heif")
#emit Offer(".heics")
#emit Offer(".heifs")
#emit Offer(".hif")
#emit Offer(".avif")
#emit Offer(".avifs")
#emit Offer(".jp2")
#emit Offer(".j2k")
#emit Offer(".jpf")
#emit Offer(".jpx")
#emit Offer(".jxl")
#emit Offer(".j2c")
#emit Offer(".jpc")
#emit Offer(".psb")
#emit Offer(".psd")
#emit Offer(".ppm")
#emit Offer(".pgm")
#emit Offer(".pam")
#emit Offer(".pbm")
#emit Offer(".pnm")
#emit Offer(".pfm")
#emit Offer(".tga")

[Run]
Filename: "{app}\likeness-window.exe"; Description: "Start Likeness"; Flags: nowait postinstall skipifsilent
